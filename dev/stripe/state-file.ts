import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { emptySnapshot, type Snapshot } from "./store.ts";

/**
 * The shape of a state, by which other files are rejected. Parts that were added later may be
 * absent.
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
 * Reads the state of an earlier run, or an empty one.
 * @throws {Error} with the path, if the file is not a state of this version
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

/** Writes the state as a whole: a process killed in the middle leaves the old file. */
export function writeState(path: string, state: Snapshot): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.next`, JSON.stringify(state));
  renameSync(`${path}.next`, path);
}
