import { describe, expect, it } from "vitest";
import { csvRows } from "../../src/http/csv.ts";

const STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"];
const SEPARATORS = [";", ",", "\t", " ", "|", "\r", "\n", "\r\n", '"', '";', '",'];

/** Reads the one cell of a row as RFC 4180 has it. Undefined where it is not one quoted cell. */
const quotedCell = (row: string): string | undefined => {
  const [, inner] = /^"((?:[^"]|"")*)"\r\n$/.exec(row) ?? [];
  return inner?.replaceAll('""', '"');
};

describe("a text in a CSV file is never a formula", () => {
  it.each(STARTS.map((start) => [start]))("that begins with %j", (start) => {
    const text = `${start}HYPERLINK("http://evil.test")`;
    expect(quotedCell(csvRows([[text]]))).toBe(`'${text}`);
  });

  it.each(SEPARATORS.flatMap((separator) => STARTS.map((start) => [separator, start])))(
    "that has one after %j: %j",
    (separator, start) => {
      const text = `x${separator}${start}1+1`;
      expect(quotedCell(csvRows([[text]]))).toBe(text);
    },
  );
});

it("plain words, days and numbers stay as they are", () => {
  expect(csvRows([["day", "2026-03-02", "openai/gpt-5.1", 1.5, -2, null, true, ""]])).toBe(
    "day,2026-03-02,openai/gpt-5.1,1.5,-2,,true,\r\n",
  );
});
