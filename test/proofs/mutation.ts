/**
 * `npm run test:mutation -- [StrykerJS' options, such as --mutate "src/chat/usage-tally.ts"]`
 *
 * Breaks the pure decisions of `stryker.config.json` in every small way, and counts the breaks that
 * a test finds. Lists those that none does. Ends with 1 below the threshold there.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { recordProof } from "../../dev/proofs/record.ts";

const STRYKER = "node_modules/@stryker-mutator/core/bin/stryker.js";
const REPORT = ".stryker-tmp/report.json";

const report = z.object({
  files: z.record(z.string(), z.object({ mutants: z.array(z.object({ status: z.string() })) })),
});

const startedAtMs = Date.now();
const options = process.argv.slice(2);
const { status } = spawnSync(process.execPath, [STRYKER, "run", ...options], { stdio: "inherit" });
if (status === 0 && options.length === 0) {
  const { files } = report.parse(JSON.parse(readFileSync(REPORT, "utf8")));
  const statuses = Object.values(files).flatMap(({ mutants }) => mutants.map((one) => one.status));
  const count = (...wanted: string[]) => statuses.filter((one) => wanted.includes(one)).length;
  const [found, missed] = [count("Killed", "Timeout"), count("Survived", "NoCoverage")];
  recordProof("mutation", {
    startedAtMs,
    seed: null,
    counts: {
      files: Object.keys(files).length,
      breaks: found + missed,
      "breaks found by a test": found,
      "breaks found, per cent": Math.floor((found / (found + missed)) * 1000) / 10,
    },
    packages: ["@stryker-mutator/core", "vitest"],
  });
}
process.exitCode = status ?? 1;
