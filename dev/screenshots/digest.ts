import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const SCREENSHOT_FOLDER = "docs/screenshots";

/** The sources of the pages, and so of their pictures. */
const SOURCES = ["src/pages", "public", "dev/catalogs/default.ts", "test/browser/support/pages.ts"];

/**
 * Returns a digest of what the pages' pictures are made of: every file's path and content.
 * @param root the folder of the project
 */
export function digestPageSources(root: string): string {
  const { stdout, stderr, status } = spawnSync("git", ["ls-files", "-z", "--", ...SOURCES], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`git ls-files failed: ${stderr}`);
  const hash = createHash("sha256");
  for (const path of stdout.split("\0").toSorted()) {
    if (path === "" || path.endsWith(".md") || !existsSync(join(root, path))) continue;
    hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest("hex");
}
