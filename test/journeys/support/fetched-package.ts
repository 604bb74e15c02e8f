import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Installs a package that is too large for this repository's own, in a folder of the machine's that
 * later runs find again.
 * @returns the folder of its commands
 * @throws where npm cannot install it: with npm's words
 */
export async function fetchPackage(name: string, version: string): Promise<string> {
  const folder = join(tmpdir(), "farebox-packages", `${name.replace(/\W+/g, "-")}-${version}`);
  await mkdir(folder, { recursive: true });
  const options = ["--prefix", folder, "--no-audit", "--no-fund", "--prefer-offline"];
  await run("npm", ["install", ...options, `${name}@${version}`]);
  return join(folder, "node_modules", ".bin");
}
