import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Imports } from "./graph.ts";
import { importsOf } from "./imports.ts";
import { reportOn } from "./report.ts";
import { ROOMS } from "./table.ts";

// node dev/rooms/check.ts [folder]: another copy of the repository than this one, if named.
const root = process.argv[2] ?? fileURLToPath(new URL("../..", import.meta.url));

/** All files under src but what is written about them. */
function readAll(): Imports {
  const entries = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".md"))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    paths.toSorted().map((path) => {
      const file = relative(root, path);
      return [file, importsOf(file, readFileSync(path, "utf8"))];
    }),
  );
}

const { lines, isClean } = reportOn(readAll(), ROOMS);
console.log(lines.join("\n"));
if (!isClean) process.exitCode = 1;
