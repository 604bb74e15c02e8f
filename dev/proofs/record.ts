import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { listFigureBlocks, type ProofRecords, proofRecords, withFigures } from "./figures.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RECORDS = join(ROOT, "docs/reliability.json");
const DOCUMENT = join(ROOT, "docs/reliability.md");

/** The figures that a proof measures itself. */
export interface ProofRun {
  readonly startedAtMs: number;
  readonly seed: number | null;
  /** The counts, each by a name in plain words: `{ kills: 100, "chats asked": 4290 }`. */
  readonly counts: Readonly<Record<string, number>>;
  /** The names of the packages in `node_modules` whose versions matter. */
  readonly packages?: readonly string[];
}

const git = (...args: string[]): string =>
  execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();

/** Returns the commit, followed by `+` if the code differs from it. */
function describeCommit(): string {
  const changed = git("status", "--porcelain", "--untracked-files=no", "--", ":!docs");
  return `${git("rev-parse", "HEAD").slice(0, 12)}${changed === "" ? "" : "+"}`;
}

/** The commit when the proof began and built its Worker: files may change during a long run. */
const commit = describeCommit();

const versioned = z.object({ version: z.string() });
const packageVersion = (name: string): string =>
  versioned.parse(
    JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")),
  ).version;

/** Reads `docs/reliability.json`, which a first proof creates. */
const readRecords = (): ProofRecords =>
  existsSync(RECORDS) ? proofRecords.parse(JSON.parse(readFileSync(RECORDS, "utf8"))) : {};

/**
 * Replaces the record of one proof in `docs/reliability.json`, and its figures in
 * `docs/reliability.md`. Call it after a full run that found no fault, and not after a shorter one.
 * @param name the name of the proof, as in the document's `<!-- figures: name -->`
 */
export function recordProof(name: string, run: ProofRun): void {
  const { startedAtMs, seed, counts, packages = ["wrangler", "workerd"] } = run;
  const document = readFileSync(DOCUMENT, "utf8");
  if (!listFigureBlocks(document).includes(name))
    throw new Error(`docs/reliability.md has no <!-- figures: ${name} -->.`);
  const records: ProofRecords = {
    ...readRecords(),
    [name]: {
      date: new Date(startedAtMs).toISOString().slice(0, 10),
      commit,
      seed,
      durationSeconds: Math.round((Date.now() - startedAtMs) / 1000),
      machine:
        `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ` +
        `${platform()} ${release()}`,
      versions: {
        node: process.versions.node,
        ...Object.fromEntries(packages.map((one) => [one, packageVersion(one)])),
      },
      counts: { ...counts },
    },
  };
  const sorted = Object.fromEntries(
    Object.entries(records).toSorted(([a], [b]) => a.localeCompare(b)),
  );
  writeFileSync(RECORDS, `${JSON.stringify(sorted, null, 2)}\n`);
  writeFileSync(DOCUMENT, withFigures(document, sorted));
  console.log(`The figures are in docs/reliability.json and docs/reliability.md.`);
}
