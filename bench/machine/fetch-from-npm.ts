import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./processes.ts";
import { CACHE } from "./scratch.ts";

const WITHIN_MS = 120_000;

/** A program that is used for measuring only, and is never a dependency of Farebox. */
export interface NpmProgram {
  readonly name: string;
  readonly version: string;
  /** The path of its executable file within the package. */
  readonly file: string;
  /** Versions of its dependencies, if the current ones do not work. */
  readonly overrides?: Readonly<Record<string, string>>;
}

/** Fetches a program from npm, once, without its install scripts. Returns null if that fails. */
export async function fetchFromNpm({
  name,
  version,
  file,
  overrides = {},
}: NpmProgram): Promise<string | null> {
  const home = join(CACHE, `${name.replace(/\W+/g, "-")}-${version}`);
  const path = join(home, "node_modules", name, file);
  if (existsSync(path)) return path;
  mkdirSync(home, { recursive: true });
  writeFileSync(
    join(home, "package.json"),
    JSON.stringify({ private: true, dependencies: { [name]: version }, overrides }),
  );
  console.log(`  fetching ${name} ${version} from npm …`);
  try {
    const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    await run(`npm install ${name}`, "npm", ["install", "--prefix", home, ...quiet], WITHIN_MS);
    return existsSync(path) ? path : null;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    console.log(`  ${name} cannot be fetched: ${reason}`);
    return null;
  }
}
