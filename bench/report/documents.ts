import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../machine/scratch.ts";
import { chart } from "./chart.ts";
import { document } from "./markdown.ts";
import { type Results, results } from "./results.ts";

const DOCS = join(ROOT, "docs");
const DATA = join(DOCS, "performance.json");

/** What the last whole run measured; null when there was none that can be read. */
export function readResults(): Results | null {
  if (!existsSync(DATA)) return null;
  return results.safeParse(JSON.parse(readFileSync(DATA, "utf8"))).data ?? null;
}

/** Writes the figures, the document and the chart, all from the same results. */
export function writeDocuments(measured: Results): void {
  mkdirSync(DOCS, { recursive: true });
  writeFileSync(DATA, JSON.stringify(measured));
  // It is a file of the repository like any other, so it is formatted like any other.
  spawnSync(join(ROOT, "node_modules/.bin/biome"), ["format", "--write", DATA], { cwd: ROOT });
  writeFileSync(join(DOCS, "performance.md"), document(measured));
  writeFileSync(join(DOCS, "performance.svg"), chart(measured));
  console.log("Wrote docs/performance.md, docs/performance.svg and docs/performance.json.");
}
