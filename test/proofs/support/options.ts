import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** Options of a proof. */
export interface ProofOptions {
  /** Returns one of the proof's numbers. */
  readonly number: (name: string) => number;
  readonly seed: number;
  /** The entry of a Worker that is broken on purpose; null for the real one. */
  readonly broken: string | null;
  /** Whether the run is as long as the documented one, so that its figures are recorded. */
  readonly isFull: boolean;
}

const brokenEntry = (name: string): string => {
  const path = fileURLToPath(new URL(`../../support/broken/${name}.ts`, import.meta.url));
  if (!existsSync(path)) throw new Error(`There is no ${path}.`);
  return path;
};

/**
 * Reads the command line of a proof: `--seed`, `--broken` and one flag for each number.
 * @param defaults the numbers of a full run
 */
export function readProofOptions(defaults: Readonly<Record<string, number>>): ProofOptions {
  const names = Object.keys(defaults);
  const flags = [...names, "seed", "broken"];
  const { values } = parseArgs({
    options: Object.fromEntries(flags.map((name) => [name, { type: "string" as const }])),
  });
  const number = (name: string, fallback = defaults[name] ?? 0): number => {
    const text = values[name];
    if (typeof text !== "string") return fallback;
    const value = Number(text);
    if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} ${text} is no number.`);
    return value;
  };
  const broken = typeof values["broken"] === "string" ? brokenEntry(values["broken"]) : null;
  return {
    number,
    seed: number("seed", Date.now() % 1_000_000),
    broken,
    isFull: broken === null && names.every((name) => number(name) >= (defaults[name] ?? 0)),
  };
}
