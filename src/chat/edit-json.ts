import { parseLossless } from "../upstream/index.ts";
import { isObject } from "./vendor-usage.ts";

/**
 * The lines that are a frame's data. Lines end at CR, LF and CRLF only: not at U+2028, as with the
 * flag `m`.
 */
const DATA_LINES = /(?<![^\r\n])data:[^\r\n]*(?:(?:\r\n|\n|\r)data:[^\r\n]*)*/;
const DATA_LINE = /(?<![^\r\n])data:[^\r\n]*/g;
const DATA_FIELD = /(?<![^\r\n])data:/g;

/**
 * Replaces a frame's JSON.
 * @param edit returns null where nothing is left of it: then its lines are empty
 * @param toOther what becomes of a line whose data is no JSON: it stays, as a rule
 */
export function editJson(
  frame: string,
  edit: (json: Readonly<Record<string, unknown>>) => object | null,
  toOther: (line: string) => string = (line) => line,
): string {
  const editData = (data: string): string | null => {
    try {
      const json = parseLossless(data);
      if (!isObject(json)) return null;
      const edited = edit(json);
      return edited === null ? "" : `data: ${JSON.stringify(edited)}`;
    } catch {
      return null;
    }
  };
  return frame.replace(DATA_LINES, (lines) => {
    const edited = editData(lines.replace(DATA_FIELD, ""));
    if (edited !== null) return edited;
    // Several frames, where a vendor forgets the blank line between them.
    return lines.replace(
      DATA_LINE,
      (line) => editData(line.replace(DATA_FIELD, "")) ?? toOther(line),
    );
  });
}
