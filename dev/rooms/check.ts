import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Imports } from "./graph.ts";
import { importsOf } from "./imports.ts";
import { reportOn } from "./report.ts";
import { withRoomList } from "./room-list.ts";
import { ROOMS } from "./table.ts";

// node dev/rooms/check.ts [--write] [folder]: another copy of the repository, if named.
// --write puts the rooms into CONTRIBUTING.md.
const args = process.argv.slice(2);
const shouldWrite = args.includes("--write");
const root =
  args.find((arg) => arg !== "--write") ?? fileURLToPath(new URL("../..", import.meta.url));

/** Reads the imports of all files under src except documents. */
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

const contributing = join(root, "CONTRIBUTING.md");
const document = existsSync(contributing) ? readFileSync(contributing, "utf8") : "";
const updated = withRoomList(document, ROOMS);
if (document !== updated && shouldWrite) writeFileSync(contributing, updated);
else if (document !== updated) {
  console.log(
    "CONTRIBUTING.md lists other rooms than dev/rooms/table.ts: npm run rooms writes it.",
  );
  process.exitCode = 1;
}
