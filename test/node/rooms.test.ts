import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { importsOf } from "../../dev/rooms/imports.ts";

const specifiersOf = (text: string, file = "src/a.ts") => {
  const { specifiers, unreadable } = importsOf(file, text);
  expect(unreadable).toEqual([]);
  return specifiers;
};

describe("what a file imports is read from", () => {
  it.each([
    ["a declaration", 'import { b } from "./b.ts";'],
    ["a declaration for its effect alone", 'import "./b.ts";'],
    ["a declaration of types", 'import type { B } from "./b.ts";'],
    ["a declaration with a type in it", 'import { type B } from "./b.ts";'],
    ["an export of something", 'export { b } from "./b.ts";'],
    ["an export of everything", 'export * from "./b.ts";'],
    ["an export of everything by a name", 'export * as b from "./b.ts";'],
    ["an export of types", 'export type { B } from "./b.ts";'],
    ["an export of all types", 'export type * from "./b.ts";'],
    ["an import while it runs", 'const b = async () => await import("./b.ts");'],
    ["the same in a template", "const b = import(`./b.ts`);"],
    ["an import of a type", 'type B = import("./b.ts").B;'],
    ["an import of a value's type", 'const b: typeof import("./b.ts") | null = null;'],
    ["an import of a type deep within", 'const f = <T extends import("./b.ts").B>(x: T) => x;'],
    ["an import of a type in what is global", 'declare global { var b: import("./b.ts").B }'],
    ["an assignment", 'import b = require("./b.ts");'],
    ["several lines", "import {\n  b, // from\n} from\n  './b.ts';"],
  ])("%s", (_name, text) => {
    expect(specifiersOf(text)).toEqual(["./b.ts"]);
  });

  it("nothing that only looks alike", () => {
    const text = `
      // import { b } from "./b.ts";
      /* export * from "./b.ts"; */
      const text = 'import { b } from "./b.ts"';
      const other = \`import("./b.ts")\`;
      export { text };
      export const b = { import: (name: string) => name }.import("./b.ts");
      export const url = import.meta.url;
    `;
    expect(specifiersOf(text)).toEqual([]);
  });

  it("JSX, declarations and packages too, in whatever order they come", () => {
    const text =
      'import type { B } from "hono";\nexport const A = () => <b>{import("./c.ts")}</b>;';
    expect(specifiersOf(text, "src/a.tsx").toSorted()).toEqual(["./c.ts", "hono"]);
    const declared = 'declare module "*.wasm" { const b: import("./b.ts").B; export default b }';
    expect(specifiersOf(declared, "src/wasm.d.ts")).toEqual(["./b.ts"]);
  });

  it("no file that is no code", () => {
    expect(importsOf("src/a.json", "{")).toEqual({ specifiers: [], unreadable: [] });
  });
});

describe("what cannot be read is told:", () => {
  it("an import whose name shows only when it runs", () => {
    for (const name of ["name", '"./" + name', "`./${name}.ts`"])
      expect(importsOf("src/a.ts", `await import(${name});`)).toEqual({
        specifiers: [],
        unreadable: [`what import(${name}) means shows only when it runs.`],
      });
  });

  it("what is no TypeScript", () => {
    expect(importsOf("src/a.ts", 'import { b from "./b.ts";').unreadable).toHaveLength(1);
  });
});

it("the check looks at the files there are, tells what is wrong, and fails", () => {
  const folder = mkdtempSync(join(tmpdir(), "farebox-rooms-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "src/auth/within"), { recursive: true });
  writeFileSync(join(folder, "src/errors.ts"), 'import type { Caller } from "./auth/index.ts";');
  writeFileSync(join(folder, "src/auth/index.ts"), 'export * from "./within/caller.ts";');
  writeFileSync(join(folder, "src/auth/within/caller.ts"), 'import("../../errors.ts");');
  writeFileSync(join(folder, "src/auth/README.md"), "# auth");
  const check = fileURLToPath(new URL("../../dev/rooms/check.ts", import.meta.url));
  const { stdout, status } = spawnSync(process.execPath, [check, folder], { encoding: "utf8" });
  expect(stdout).toContain(
    "src/errors.ts imports src/auth/index.ts: errors.ts may not import auth.",
  );
  expect(stdout).toContain(
    "3 files: src/auth/index.ts → src/auth/within/caller.ts → src/errors.ts → src/auth/index.ts\n",
  );
  expect(stdout).toContain("\n3 files, 3 imports: 1 circle, 1 border crossed, ");
  expect(status).toBe(1);
});
