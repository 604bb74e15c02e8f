import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { COLUMNS_MAX, findLongLines, isChecked } from "./long-lines.ts";

// node dev/columns.ts [folder]: another checkout than this one, if named.
const root = process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url));

/** Lists the files that git tracks and that people write, by their paths. */
function listFiles(): readonly string[] {
  const { stdout, stderr, status } = spawnSync("git", ["ls-files", "-z"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`git ls-files failed: ${stderr}`);
  const paths = stdout.split("\0").filter(isChecked);
  // A file that was moved is tracked by its old path until the move is committed.
  return paths.filter((path) => existsSync(join(root, path)));
}

const files = listFiles();
const found = files.flatMap((path) =>
  findLongLines(readFileSync(join(root, path), "utf8")).map(
    ({ line, columns }) => `${path}:${line}: ${columns} columns`,
  ),
);
for (const line of found) console.log(line);
console.log(`Files: ${files.length}. Lines over ${COLUMNS_MAX} columns: ${found.length}.`);
if (found.length > 0) process.exitCode = 1;
