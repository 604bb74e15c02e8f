/**
 * `npm run test:vendors -- [--seed N] [--cases N] [--fault "name"] [--planted]`
 *
 * Plays the replies of all vendors, in every form and ending, and compares each charge and what the
 * client sees with a small model: see test/vendors/README.md. `--fault` breaks the Worker by one
 * fault of test/vendors/faults.ts; `--planted` does so with each, and fails unless all are found.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { recordProof } from "../../dev/proofs/record.ts";
import { ENDINGS, listChoices, SURFACES, TIMINGS } from "../vendors/cases.ts";
import { VENDOR_FAULTS } from "../vendors/faults.ts";
import { LINE_FRAMINGS, STREAM_FRAMINGS, WHOLE_FRAMINGS } from "../vendors/framings.ts";
import { VENDOR_SETTINGS } from "../vendors/settings.ts";
import { VENDORS } from "../vendors/vendors.ts";

const ALL = listChoices().length;
/** A fault is to be found long before. */
const FAULT_CASES = 2000;

const startedAtMs = Date.now();
const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    cases: { type: "string", default: String(ALL) },
    fault: { type: "string" },
    planted: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed ?? startedAtMs % 1_000_000);
const cases = Math.min(ALL, Number(values.cases));
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(cases) || cases < 1)
  throw new Error("--seed and --cases take whole numbers.");

const report = z.object({
  testResults: z.array(
    z.object({
      message: z.string(),
      assertionResults: z.array(
        z.object({
          failureMessages: z.array(z.string()).nullish(),
          meta: z.object({
            vendors: z.object({ cases: z.number(), faults: z.number() }).optional(),
          }),
        }),
      ),
    }),
  ),
});

/** Plays some cases in workerd. Returns how many were played, and what was wrong. */
function play(caseCount: number, fault: string | undefined) {
  const folder = mkdtempSync(join(tmpdir(), "vendors-"));
  const file = join(folder, "report.json");
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--project", "sharing rooms"];
  const options = ["--reporter", "json", "--outputFile", file, "test/vendors/vendors.test.ts"];
  const { stderr } = spawnSync(process.execPath, [...vitest, ...options], {
    encoding: "utf8",
    env: {
      ...process.env,
      [VENDOR_SETTINGS.seed]: String(seed),
      [VENDOR_SETTINGS.cases]: String(caseCount),
      ...(fault === undefined ? {} : { [VENDOR_SETTINGS.fault]: fault }),
    },
  });
  try {
    const [result] = report.parse(JSON.parse(readFileSync(file, "utf8"))).testResults;
    const [test] = result?.assertionResults ?? [];
    if (test?.meta.vendors === undefined) throw new Error(result?.message ?? stderr);
    return { ...test.meta.vendors, message: test.failureMessages?.join("\n") ?? "" };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Plays the proof, and records it if all of it was played and nothing was wrong. */
function prove(): boolean {
  console.log(`${cases} of ${ALL} combinations, seed ${seed}`);
  const played = play(cases, values.fault);
  if (played.faults > 0) {
    console.error(played.message);
    return false;
  }
  console.log(`${played.cases} replies were charged, ended and shown as they should be.`);
  if (values.fault === undefined && played.cases === ALL)
    recordProof("vendors", {
      startedAtMs,
      seed,
      counts: {
        combinations: played.cases,
        vendors: VENDORS.length,
        "ways to send a count": TIMINGS.length,
        framings: STREAM_FRAMINGS.length + LINE_FRAMINGS.length + WHOLE_FRAMINGS.length,
        surfaces: SURFACES.length,
        endings: ENDINGS.length,
      },
    });
  return true;
}

/** Plants every fault, each in a run of its own. Returns whether all were found. */
function findFaults(): boolean {
  const missed = VENDOR_FAULTS.filter(({ name }) => {
    const { faults, message } = play(FAULT_CASES, name);
    const [why = ""] = message.split("\n").filter((line) => line.includes("case "));
    console.log(`${faults > 0 ? "found" : "MISSED"}: ${name}\n  ${why.slice(0, 200)}`);
    return faults === 0;
  });
  console.log(`${VENDOR_FAULTS.length - missed.length} of ${VENDOR_FAULTS.length} were found.`);
  return missed.length === 0;
}

process.exitCode = (values.planted ? findFaults() : prove()) ? 0 : 1;
