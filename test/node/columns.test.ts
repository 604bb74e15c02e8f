import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { findLongLines, isChecked } from "../../dev/long-lines.ts";

/** A text of that length, in words of four letters. */
const words = (columns: number) =>
  "word "
    .repeat(columns)
    .slice(0, columns - 1)
    .concat("x");
const word = (columns: number) => "x".repeat(columns);
const URL_OF_120 = `https://docs.stripe.com/${word(96)}`;

describe("a line that is too long is found", () => {
  it("from the first column past the hundredth, with its number and its length", () => {
    expect(findLongLines(words(100))).toEqual([]);
    const text = ["short", words(101), "", words(213)].join("\n");
    const expected = [
      { line: 2, columns: 101 },
      { line: 4, columns: 213 },
    ];
    expect(findLongLines(text)).toEqual(expected);
    expect(findLongLines(text.replaceAll("\n", "\r\n"))).toEqual(expected);
  });

  it("by code points: a letter beyond the 16 bits of a unit is one column", () => {
    expect(findLongLines(`${"م ".repeat(49)}مم`)).toEqual([]);
    expect(findLongLines(`${"😀 ".repeat(49)}😀😀`)).toEqual([]);
    expect(findLongLines(`${"😀 ".repeat(50)}😀`)).toEqual([{ line: 1, columns: 101 }]);
  });

  it.each([
    ["prose", words(120)],
    ["a comment", `  // ${words(120)}`],
    ["a string", `const text = "${words(120)}";`],
    ["a row of a table", `| ${word(60)} | ${word(60)} |`],
    ["a cell of a table", `| ${word(120)} |`],
    ["a URL with words before it", `See ${URL_OF_120}`],
    ["a URL with words after it", `${URL_OF_120} has the list.`],
    ["a comment with a URL and words", ` * See ${URL_OF_120}.`],
  ])("%s", (_name, line) => {
    expect(findLongLines(line)).toHaveLength(1);
  });
});

describe("a word that no line is long enough for is left alone:", () => {
  it.each([
    ["a URL", URL_OF_120],
    ["a URL in a comment", `    // ${URL_OF_120}`],
    ["a URL in a docstring", ` * ${URL_OF_120}`],
    ["a URL in a list", `  - ${URL_OF_120}`],
    ["a URL in a numbered list", `12. ${URL_OF_120}`],
    ["a setting that is commented out", `# UPSTREAM=${word(120)}`],
    ["a string", `    "${word(120)}",`],
    ["an import's path", `} from "../${word(120)}.ts";`],
    ["an import's path beside its name", `import table from "../${word(90)}.ts";`],
    ["an imported type's path", `type Table = import("../${word(90)}.ts").Table;`],
  ])("%s", (_name, line) => {
    expect(findLongLines(line)).toEqual([]);
  });
});

it("only files that people write are checked", () => {
  const checked = [
    "src/app.ts",
    "src/pages/chat.tsx",
    "public/chat.js",
    "public/farebox.css",
    "examples/front-end/vite.config.mjs",
    "docs/money.md",
    "wrangler.toml",
    "knip.jsonc",
    ".dev.vars.example",
  ];
  expect(checked.filter(isChecked)).toEqual(checked);
  const others = [
    "package-lock.json",
    "migrations/0000_first.sql",
    "migrations/notes.md",
    "docs/performance.md",
    "docs/performance.svg",
    "worker-configuration.d.ts",
    "docs/screenshots/home.png",
  ];
  expect(others.filter(isChecked)).toEqual([]);
});

it("the check reads what git tracks, names each long line, and fails", () => {
  const folder = mkdtempSync(join(tmpdir(), "farebox-columns-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const git = (...args: string[]) => spawnSync("git", args, { cwd: folder });
  const check = () => {
    const script = fileURLToPath(new URL("../../dev/columns.ts", import.meta.url));
    return spawnSync(process.execPath, [script, folder], { encoding: "utf8" });
  };
  git("init");
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src/a.ts"), `const a = 1;\n// ${words(110)}\n`);
  writeFileSync(join(folder, "src/moved.ts"), "");
  writeFileSync(join(folder, "data.json"), `{"text":"${words(200)}"}`);
  git("add", ".");
  rmSync(join(folder, "src/moved.ts"));
  writeFileSync(join(folder, "src/untracked.ts"), `// ${words(110)}\n`);

  const failed = check();
  expect(failed.stdout).toBe("src/a.ts:2: 113 columns\nFiles: 1. Lines over 100 columns: 1.\n");
  expect(failed.status).toBe(1);

  writeFileSync(join(folder, "src/a.ts"), "const a = 1;\n");
  expect(check()).toMatchObject({
    stdout: "Files: 1. Lines over 100 columns: 0.\n",
    status: 0,
  });
});
