import { isObject } from "./vendor-usage.ts";

/** A line of a stream, and how it ends. */
const LINE = /[^\r\n]*(?:\r\n|\n|\r|$)/g;

/** Whether a line has a whole frame in it: a JSON object, or the end mark, as data or alone. */
function isWholeFrame(line: string): boolean {
  const data = line.replace(/^data:/, "").trim();
  if (data === "[DONE]") return true;
  if (!data.startsWith("{") || !data.endsWith("}")) return false;
  try {
    return isObject(JSON.parse(data));
  } catch {
    return false;
  }
}

/** Whether a line of a stream is neither data nor JSON: empty, a comment, or another field. */
const isNoData = (line: string): boolean => /^(:|event:|id:|retry:|[\r\n]|$)/.test(line);

/**
 * Returns lines, each of them a whole frame, as events with their blank lines. Null where a line is
 * not a whole frame by itself.
 */
export function linesToEvents(text: string): string | null {
  const lines = text.match(LINE)?.filter((line) => line !== "") ?? [];
  if (!isWholeFrame(lines.at(-1) ?? "")) return null;
  let events = "";
  for (const line of lines) {
    const isFrame = isWholeFrame(line);
    if (!isFrame && !isNoData(line)) return null;
    const end = /[\r\n]*$/.exec(line)?.[0] ?? "";
    if (isFrame) events += line.startsWith("data:") ? line + end : `data: ${line.trim()}\n\n`;
    else if (line !== end) events += line;
  }
  return events;
}
