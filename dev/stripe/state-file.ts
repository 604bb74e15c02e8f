import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { emptySnapshot, type Snapshot } from "./store.ts";

/**
 * What a state has, so that a file of another kind is not taken for one. A part that came later may
 * be absent.
 */
const snapshot = z.custom<Snapshot>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    Reflect.get(value, "version") === 1 &&
    Reflect.has(value, "customers") &&
    Reflect.has(value, "events") &&
    Object.entries(emptySnapshot()).every(([part, empty]) =>
      ["undefined", typeof empty].includes(typeof Reflect.get(value, part)),
    ),
);

/**
 * Reads the state that an earlier run left; an empty one where there is none.
 * @throws {Error} naming the file, where it is not a state of this version
 */
export function readState(path: string): Snapshot {
  if (!existsSync(path)) return emptySnapshot();
  try {
    return { ...emptySnapshot(), ...snapshot.parse(JSON.parse(readFileSync(path, "utf8"))) };
  } catch (cause) {
    throw new Error(`${path} is not a state of the local Stripe. Move it away to start anew.`, {
      cause,
    });
  }
}

/** Writes the state whole: whoever is killed in the middle leaves the old file. */
export function writeState(path: string, state: Snapshot): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.next`, JSON.stringify(state));
  renameSync(`${path}.next`, path);
}
