import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { findBanned } from "../../dev/words/find-banned.ts";
import { isRead } from "../../dev/words/read-files.ts";
import { textsOfCode } from "../../dev/words/texts-of-code.ts";
import { textsOfProse } from "../../dev/words/texts-of-prose.ts";

const wordsIn = (text: string) => findBanned([{ text, line: 1 }]).map(({ word }) => word.trim());

describe("a turn that reads translated is found:", () => {
  it.each([
    ["Your usage begins anew on Monday.", "begins anew"],
    ["Delete this conversation, for good", "for good"],
    ["Make a key", "Make a key"],
    ["What it is for", "What it is for"],
    ["API keys only for who has paid.", "who has"],
    ["The agent is not there any more.", "not there any more"],
    ["Credits that were taken back", "taken back"],
    ["We took the credits back.", "took the credits back"],
    ["The model's seller is busy.", "model's seller"],
    ["A price of Stripe's", "of Stripe's"],
    ["Hold, ride, settle", "Hold, ride"],
    ["الأسعار لكل مليون رمز", "مليون رمز"],
    ["غدًا (بتوقيت UTC)", "UTC"],
  ])("%s", (text, word) => {
    expect(wordsIn(text)).toEqual([word]);
  });
});

it.each([
  "Your usage resets on Monday.",
  "Delete conversation",
  "Create API key",
  "What changed?",
  "What is included in my plan?",
  "Resets tomorrow (UTC)",
  "Farebox",
  "يُعاد ضبطها غدًا بالتوقيت العالمي",
])("what a product writer says is left alone: %s", (text) => {
  expect(wordsIn(text)).toEqual([]);
});

it("a line break counts as a space, and the line of the word is told", () => {
  expect(findBanned([{ text: "Gone\nfor\ngood.", line: 7 }])).toEqual([
    expect.objectContaining({ line: 8, word: "for good" }),
  ]);
});

describe("of code, only texts that a person may read are checked:", () => {
  const texts = (source: string) => textsOfCode("a.tsx", source).map(({ text }) => text);

  it("strings, sums and templates, with their lines", () => {
    expect(textsOfCode("a.ts", 'const a = "one " +\n  "two";\nconst b = `has ${a} in`;')).toEqual([
      { text: "one two", line: 1 },
      { text: "has … in", line: 3 },
    ]);
  });

  it("a text within a template's expression", () => {
    expect(texts('`${isOpen ? "for good" : "now"} it`')).toEqual(["… it", "for good", "now"]);
  });

  it("what stands between tags, and attributes that are shown", () => {
    expect(texts('const a = <a class="for good" title="Open">Go on</a>;')).toEqual([
      "Open",
      "Go on",
    ]);
  });

  it("no comments, imports, logs and queries", () => {
    const source = '// for good\nimport a from "b c";\nlog.error("for good");\nsql`take back`;';
    expect(texts(source)).toEqual([]);
  });
});

it("of prose, code is not checked, and lines keep their numbers", () => {
  const source =
    "# Title\n\nText with `ride` in it.\n\n```sh\nride\n```\n\nThe last [one](ride.md).";
  const found = textsOfProse(source).map(({ text, line }) => [text.trim(), line]);
  expect(found.map(([, line]) => line)).toEqual([1, 3, 9]);
  expect(JSON.stringify(found)).not.toContain("ride");
});

it("files that people read are checked", () => {
  const read = ["src/pages/words/ar.ts", "src/mail/letters/en.ts", "README.ar.md", "docs/api.md"];
  expect(read.filter(isRead)).toEqual(read);
  const others = ["src/account/ledger/schema.ts", "test/a.test.ts", "docs/performance.md"];
  expect(others.filter(isRead)).toEqual([]);
});

it("the check names each word with its file and line, and fails", () => {
  const folder = mkdtempSync(join(tmpdir(), "farebox-words-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const check = () => {
    const script = fileURLToPath(new URL("../../dev/words/check.ts", import.meta.url));
    return spawnSync(process.execPath, [script, folder], { encoding: "utf8" });
  };
  spawnSync("git", ["init"], { cwd: folder });
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src/a.ts"), 'const a = 1;\nconst b = "Gone for good";\n');
  spawnSync("git", ["add", "."], { cwd: folder });

  const failed = check();
  expect(failed.stdout).toContain('src/a.ts:2: "for good". Write: ');
  expect(failed.status).toBe(1);

  writeFileSync(join(folder, "src/a.ts"), 'const b = "Gone";\n');
  expect(check().status).toBe(0);
});
