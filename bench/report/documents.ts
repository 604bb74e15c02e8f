import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../machine/scratch.ts";
import { chart } from "./chart.ts";
import { document } from "./markdown.ts";
import { type Results, results } from "./results.ts";

const DOCS = join(ROOT, "docs");
/** Notes that people write about why a goal is missed, and what prevents it. */
const NOTES = join(ROOT, "bench/notes.md");
const DATA = join(DOCS, "performance.json");

/** Reads the results of the last full run; null if there are none that can be read. */
export function readResults(): Results | null {
  if (!existsSync(DATA)) return null;
  return results.safeParse(JSON.parse(readFileSync(DATA, "utf8"))).data ?? null;
}

/** Writes the figures, the document and the chart, all from the same results. */
export function writeDocuments(measured: Results): void {
  mkdirSync(DOCS, { recursive: true });
  const files = {
    [DATA]: JSON.stringify(measured),
    [join(DOCS, "performance.md")]: document(measured, readFileSync(NOTES, "utf8").trim()),
    [join(DOCS, "performance.svg")]: chart(measured),
  };
  for (const [path, content] of Object.entries(files)) writeFileSync(path, content);
  // They are formatted like every other file of the repository.
  spawnSync(join(ROOT, "node_modules/.bin/biome"), ["format", "--write", ...Object.keys(files)], {
    cwd: ROOT,
  });
  console.log("Wrote docs/performance.md, docs/performance.svg and docs/performance.json.");
}
