import { createParser } from "eventsource-parser";
import { extractText, isObject } from "./measure-usage.ts";

/**
 * The parts of one frame of a stream of completions that matter for the bill. The JSON is unknown,
 * so every field is looked for.
 */
export interface Frame {
  /** Every text in it. */
  readonly text: string;
  /** The usage object, wherever the vendor puts it; undefined when there is none. */
  readonly usage: unknown;
  /**
   * Whether it carries usage and nothing else: the chunk that only a client that asked for usage
   * expects.
   */
  readonly usageOnly: boolean;
}

function readFrame(data: string): Frame | null {
  if (data === "[DONE]") return null;
  try {
    return toFrame(JSON.parse(data));
  } catch {
    // Not JSON, or nested too deeply.
    return null;
  }
}

function toFrame(json: unknown): Frame | null {
  if (!isObject(json)) return null;
  const choices = Array.isArray(json["choices"]) ? json["choices"] : [];
  // Groq reports usage in a field of its own, in the last chunk that has content, whether asked or
  // not.
  const groq = isObject(json["x_groq"]) ? json["x_groq"]["usage"] : undefined;
  const usage = json["usage"] ?? groq;
  const text = choices
    .map((choice) =>
      isObject(choice) ? extractText(choice["delta"] ?? choice["message"] ?? choice["text"]) : "",
    )
    .join("");
  return {
    text,
    usage: usage ?? undefined,
    usageOnly: isObject(json["usage"]) && choices.length === 0,
  };
}

/** Reads the frames of a whole piece of an event stream. Frames that are not JSON are left out. */
export function readFrames(stream: string): Frame[] {
  const frames: Frame[] = [];
  const parser = createParser({
    onEvent: (event) => {
      const frame = readFrame(event.data);
      if (frame !== null) frames.push(frame);
    },
  });
  parser.feed(stream);
  // A stream that broke off after a whole line has sent that line all the same.
  parser.feed("\n\n");
  return frames;
}

/**
 * Returns the index after the last whole frame of some bytes (after its blank line), or 0. Line
 * ends may be LF, CRLF or CR
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).
 */
export function endOfFrames(bytes: Uint8Array): number {
  for (let end = bytes.length; end >= 2; end--) {
    const last = bytes[end - 1];
    if (last !== LF && last !== CR) continue;
    const previous = bytes[end - 2];
    if (previous === last) return end;
    if (last === LF && previous === CR && bytes[end - 3] === LF) return end;
  }
  return 0;
}
const LF = 10;
const CR = 13;

/** Splits whole frames, each with its blank line. */
export const splitFrames = (text: string): string[] =>
  text.match(/[\s\S]*?(?:\r\n\r\n|\n\n|\r\r)|[\s\S]+$/g) ?? [];

const FRAME_END = /\r\n\r\n|\n\n|\r\r/g;

/** Splits a text after its last whole frame. */
export function splitAtLastFrame(text: string): readonly [frames: string, rest: string] {
  let end = 0;
  for (const match of text.matchAll(FRAME_END)) end = match.index + match[0].length;
  return [text.slice(0, end), text.slice(end)];
}

/** About as much of a stream's end as holds its usage and the frames after it. */
const TAIL_CHARACTERS = 2048;

/** Returns the last few whole frames of a text; all of it where it is short, or one frame. */
export function lastFrames(text: string): string {
  if (text.length <= TAIL_CHARACTERS) return text;
  const end = text.slice(-TAIL_CHARACTERS);
  const cut = end.search(FRAME_END);
  return cut < 0 ? text : end.slice(cut).trimStart();
}
