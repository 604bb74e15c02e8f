import { parseLossless } from "../upstream/index.ts";
import { splitFrames } from "./frames.ts";
import { splitObjects } from "./split-objects.ts";
import { isObject } from "./vendor-usage.ts";

/** A line of a stream, and how it ends. */
const LINE = /[^\r\n]*(?:\r\n|\n|\r|$)/g;

/** Returns JSON on one line. Null where it is none. */
function toLine(object: string): string | null {
  try {
    const json = parseLossless(object);
    if (!isObject(json)) return null;
    return /[\r\n]/.test(object) ? JSON.stringify(json) : object;
  } catch {
    return null;
  }
}

/**
 * Returns what a text has of whole frames: JSON objects, or the end mark, as data or alone, also in
 * a list. Null where it is not made of them.
 */
function readWholeFrames(text: string): readonly string[] | null {
  const data = text.replace(/^\s*data:/i, "").trim();
  if (data === "[DONE]") return [data];
  if (!data.includes("}")) return null;
  const objects = splitObjects(data)?.map(toLine) ?? [null];
  return objects.every((object) => object !== null) ? objects : null;
}

/** Whether a line of a stream is neither data nor JSON: blank, a comment, or another field. */
const isNoData = (line: string): boolean => /^(:|event:|id:|retry:|[\r\n])/.test(line);

/** Whether a line has nothing but the signs of a list. */
const isListSign = (line: string): boolean => /^\s*[,[\]][\s,[\]]*$/.test(line);

const splitLines = (text: string): readonly string[] =>
  text.match(LINE)?.filter((line) => line !== "") ?? [];

/** Whether a line is whole frames, or the sign that ends a list of them. */
const endsFrames = (line: string): boolean => isListSign(line) || readWholeFrames(line) !== null;

/**
 * Returns how lines are made: of whole frames to their end ("whole"), so far only ("open"), or of
 * anything else ("other").
 */
export function examineLines(text: string): "whole" | "open" | "other" {
  const lines = splitLines(text);
  if (!lines.every((line) => isNoData(line) || endsFrames(line))) return "other";
  return endsFrames(lines.at(-1) ?? "") ? "whole" : "open";
}

/**
 * Returns lines, each of them whole frames, as events with their blank lines. Null where a line is
 * not made of whole frames.
 */
export function linesToEvents(text: string): string | null {
  const lines = splitLines(text);
  if (!endsFrames(lines.at(-1) ?? "")) return null;
  let events = "";
  for (const line of lines) {
    const end = line.replace(/^[^\r\n]*/, "");
    const frames = readWholeFrames(line);
    if (frames !== null && frames.length === 1 && line.startsWith("data:")) events += line + end;
    else if (frames !== null) events += frames.map((frame) => `data: ${frame}\n\n`).join("");
    else if (isNoData(line)) events += line === end ? "" : line;
    else if (!isListSign(line)) return null;
  }
  return events;
}

/** Returns the objects that a text consists of, over however many lines, as events. */
export const objectsToEvents = (text: string): string | null =>
  readWholeFrames(text)
    ?.map((frame) => `data: ${frame}\n\n`)
    .join("") ?? null;

/** A line that begins as JSON or a list does, and not as a field of an event. */
const PLAIN_JSON = /(?<![^\r\n])[ \t]*[[{,]/;

/**
 * Returns whole frames, those of plain JSON as events: some vendors send a blank line after JSON
 * alone. Null where all are events already.
 */
export function framesToEvents(text: string): string | null {
  if (!PLAIN_JSON.test(text)) return null;
  return splitFrames(text)
    .map((frame) => {
      const lines = frame.trimEnd();
      const events = PLAIN_JSON.test(frame)
        ? (linesToEvents(lines) ?? objectsToEvents(lines))
        : null;
      return events ?? frame;
    })
    .join("");
}
