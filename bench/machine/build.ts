import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { run } from "./processes.ts";
import { folder, ROOT } from "./scratch.ts";

const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
const LAB = fileURLToPath(new URL("../workers/lab.ts", import.meta.url));
const BARE = fileURLToPath(new URL("../workers/bare.ts", import.meta.url));
const BUILD_WITHIN_MS = 180_000;

/** A Worker's modules in a folder: `main` and the files that it imports. */
export interface Bundle {
  readonly folder: string;
  readonly main: string;
  readonly wasm: readonly string[];
  readonly texts: readonly string[];
}

/** Builds a Worker exactly as `wrangler deploy` does. */
export async function bundle(name: string, entry: readonly string[]): Promise<Bundle> {
  const out = folder(`build/${name}`);
  await run(
    `the build of ${name}`,
    process.execPath,
    [WRANGLER, "deploy", ...entry, "--dry-run", "--outdir", out],
    BUILD_WITHIN_MS,
  );
  const files = readdirSync(out);
  const main = files.find((file) => file.endsWith(".js"));
  if (main === undefined) throw new Error(`wrangler built nothing in ${out}.`);
  // The name appears in stack traces and in the profile.
  renameSync(join(out, main), join(out, `${name}.js`));
  return {
    folder: out,
    main: `${name}.js`,
    wasm: files.filter((file) => file.endsWith(".wasm")),
    texts: files.filter((file) => file.endsWith(".txt")),
  };
}

/** Bundles a Worker that imports none of our modules, by removing its types. */
function bundlePlain(name: string, source: URL): Bundle {
  // Node warns that type stripping may change, which does not belong in the output of a benchmark.
  process.removeAllListeners("warning");
  const out = folder(`build/${name}`);
  writeFileSync(join(out, `${name}.js`), stripTypeScriptTypes(readFileSync(source, "utf8")));
  return { folder: out, main: `${name}.js`, wasm: [], texts: [] };
}

/** Builds the small Workers that replace what plain workerd lacks. */
export const buildSupport = () => ({
  d1: bundlePlain("d1", new URL("../workers/d1.ts", import.meta.url)),
  openDoor: bundlePlain("open-door", new URL("../workers/open-door.ts", import.meta.url)),
});

/**
 * Builds the shipping Worker, the lab (the same source, with routes for the benchmark), its
 * accounts alone, and the small ones.
 */
export async function buildAll() {
  const [farebox, lab, bare] = await Promise.all([
    bundle("farebox", []),
    bundle("lab", [LAB]),
    bundle("bare", [BARE]),
  ]);
  return {
    farebox,
    lab,
    bare,
    floor: bundlePlain("floor", new URL("../workers/floor.ts", import.meta.url)),
    ...buildSupport(),
  };
}
export type Bundles = Awaited<ReturnType<typeof buildAll>>;

/**
 * Returns the upload size in KiB, uncompressed and compressed as the platform's limit counts it.
 */
export function bundleSize({ folder: outFolder, main, wasm, texts }: Bundle): {
  kib: number;
  gzipKib: number;
} {
  const files = [main, ...wasm, ...texts].map((file) => join(outFolder, file));
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const gzipped = files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
  return { kib: bytes / 1024, gzipKib: gzipped / 1024 };
}
