import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { fetchFromNpm } from "../machine/fetch-from-npm.ts";
import { run } from "../machine/processes.ts";
import { folder } from "../machine/scratch.ts";

/** What one load is: one request with many keys in turn, over so many connections for so long. */
interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly keys: readonly string[];
  readonly body: object;
  readonly connections: number;
  readonly seconds: number;
}

const loadResult = z.object({
  answers: z.number(),
  seconds: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** Answers other than 2xx, and connections that failed: with any, nothing was measured. */
  refused: z.number(),
  broken: z.number(),
});
type LoadResult = z.infer<typeof loadResult>;

export interface Driver {
  readonly name: string;
  readonly drive: (load: Load) => Promise<LoadResult>;
}

/** The program, which is the machine's own. */
const WRK = "wrk";
const SCRIPT = fileURLToPath(new URL("./wrk.lua", import.meta.url));
const AUTOCANNON = fileURLToPath(new URL("./autocannon.ts", import.meta.url));
/** How much longer than its load a driver may take. */
const GRACE_MS = 10_000;

let files = 0;
const written = new Map<string, string>();

/** The path of a file with this content. */
function writeOnce(content: string): string {
  const existing = written.get(content);
  if (existing !== undefined) return existing;
  files += 1;
  const path = join(folder("load"), String(files));
  writeFileSync(path, content);
  written.set(content, path);
  return path;
}

const headerLines = (headers: Load["headers"]): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");

function parseResult(output: string): LoadResult {
  const last = output.trim().split("\n").at(-1) ?? "";
  return loadResult.parse(JSON.parse(last));
}

const wrk: Driver = {
  name: WRK,
  drive: async ({ url, headers, keys, body, connections, seconds }) => {
    const inputs = [headerLines(headers), keys.join("\n"), JSON.stringify(body)].map(writeOnce);
    const shape = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", SCRIPT];
    return parseResult(
      await run(WRK, WRK, [...shape, url, "--", ...inputs], seconds * 1000 + GRACE_MS),
    );
  },
};

const autocannon = (module: string): Driver => ({
  name: "autocannon",
  drive: async (load) =>
    parseResult(
      await run(
        "autocannon",
        process.execPath,
        [AUTOCANNON, module, writeOnce(JSON.stringify(load))],
        load.seconds * 1000 + GRACE_MS,
      ),
    ),
});

/**
 * `wrk` where it is installed, else `autocannon`, fetched from npm: slower, but it needs nothing.
 */
export async function findDriver(): Promise<Driver> {
  if (spawnSync(WRK, ["-v"]).error === undefined) return wrk;
  const module = await fetchFromNpm({
    name: "autocannon",
    version: "8.0.0",
    file: "autocannon.js",
  });
  if (module === null)
    throw new Error("Neither wrk nor, from npm, autocannon can be had. Install wrk.");
  return autocannon(module);
}
