import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findBanned } from "./find-banned.ts";
import { isRead } from "./read-files.ts";
import { textsOfCode } from "./texts-of-code.ts";
import { textsOfProse } from "./texts-of-prose.ts";

// node dev/words/check.ts [folder]: another checkout than this one, if named.
const root = process.argv[2] ?? fileURLToPath(new URL("../..", import.meta.url));

/** Lists the files with texts that people read, by their paths. */
function listFiles(): readonly string[] {
  const { stdout, stderr, status } = spawnSync("git", ["ls-files", "-z"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`git ls-files failed: ${stderr}`);
  // A file that was moved is tracked by its old path until the move is committed.
  return stdout.split("\0").filter((path) => isRead(path) && existsSync(join(root, path)));
}

const files = listFiles();
const found = files.flatMap((path) => {
  const source = readFileSync(join(root, path), "utf8");
  const texts = path.endsWith(".md") ? textsOfProse(source) : textsOfCode(path, source);
  return findBanned(texts).map((hit) => ({ path, ...hit }));
});
for (const { path, line, word, instead } of found)
  console.log(`${path}:${line}: "${word.trim()}". Write: ${instead}`);
console.log(`Files: ${files.length}. Words that read translated: ${found.length}.`);
if (found.length > 0) process.exitCode = 1;
