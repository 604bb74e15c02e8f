/**
 * `npm run test:soak -- [--seed N] [--operations N] [--fault "name"] [--planted] [--shrink]`
 *
 * Plays random histories on the account's object, and compares it with a plain model after each
 * operation: see test/soak/README.md. `--fault` breaks the account by one fault of
 * test/soak/faults.ts; `--planted` does so with each, and fails unless all are found.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { recordProof } from "../../dev/proofs/record.ts";
import { FAULTS } from "../soak/faults.ts";

const FULL_OPERATIONS = 1_000_000;
/** A fault is to be found long before: most are within the first thousand. */
const FAULT_OPERATIONS = 100_000;
const RUN = fileURLToPath(new URL("../soak/run.ts", import.meta.url));

const startedAtMs = Date.now();
const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    operations: { type: "string", default: String(FULL_OPERATIONS) },
    fault: { type: "string" },
    planted: { type: "boolean", default: false },
    shrink: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed ?? startedAtMs % 1_000_000);
const operations = Number(values.operations);
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(operations) || operations < 1)
  throw new Error("--seed and --operations take whole numbers.");

const run = (...more: readonly string[]) =>
  spawnSync(process.execPath, [RUN, "--seed", String(seed), ...more], { encoding: "utf8" });

const figures = z.object({ operations: z.number(), histories: z.number() });

/** Plays one soak, and records it if it was a full one that found nothing. */
function soak(): boolean {
  console.log(`${operations} operations, seed ${seed}`);
  const fault = values.fault === undefined ? [] : ["--fault", values.fault];
  const shrink = values.shrink ? ["--shrink"] : [];
  const { status, stdout, stderr } = run("--operations", String(operations), ...fault, ...shrink);
  if (status !== 0) {
    console.error(stderr);
    return false;
  }
  const counts = figures.parse(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? ""));
  console.log(`No difference in ${counts.operations} operations.`);
  if (values.fault === undefined && operations >= FULL_OPERATIONS)
    recordProof("soak", { startedAtMs, seed, counts, packages: ["fast-check"] });
  return true;
}

/** Plants every fault, each in a process of its own. Returns whether all were found. */
function findFaults(): boolean {
  const missed = FAULTS.filter(({ name }) => {
    const { status, stderr } = run("--fault", name, "--operations", String(FAULT_OPERATIONS));
    const isFound = status === 1 && stderr.includes("Replay:");
    const [why = ""] = stderr.split("\n").filter((line) => /operation \d+,|at the end:/.test(line));
    console.log(`${isFound ? "found" : "MISSED"}: ${name}\n  ${why.slice(0, 160)}`);
    return !isFound;
  });
  console.log(`${FAULTS.length - missed.length} of ${FAULTS.length} planted faults were found.`);
  return missed.length === 0;
}

process.exitCode = (values.planted ? findFaults() : soak()) ? 0 : 1;
