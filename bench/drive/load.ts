import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { fetchFromNpm } from "../machine/fetch-from-npm.ts";
import { run } from "../machine/processes.ts";
import { folder } from "../machine/scratch.ts";

/** A load: one request with many keys in turn, over a number of connections for some seconds. */
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
  /**
   * Answers other than 2xx, and failed connections. With any of them the measurement is invalid.
   */
  refused: z.number(),
  broken: z.number(),
});
type LoadResult = z.infer<typeof loadResult>;

export interface Driver {
  readonly name: string;
  readonly drive: (load: Load) => Promise<LoadResult>;
}

/** The program `wrk`, which has to be installed. */
const WRK = "wrk";
const SCRIPT = fileURLToPath(new URL("./wrk.lua", import.meta.url));
const AUTOCANNON = fileURLToPath(new URL("./autocannon.ts", import.meta.url));
/** The time by which a driver may exceed its load. */
const GRACE_MS = 10_000;

let files = 0;
const written = new Map<string, string>();

/** Writes a file with this content, unless there is one. Returns its path. */
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
 * Returns `wrk` if it is installed, else `autocannon` from npm, which is slower but needs no
 * installation.
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
