import { createParser } from "eventsource-parser";
import { findUsage } from "./find-usage.ts";
import { readReplyText } from "./reply-text.ts";
import { reportsError, reportsPlainError } from "./reported-error.ts";
import { splitObjects } from "./split-objects.ts";
import { hasCount, isObject } from "./vendor-usage.ts";

/**
 * The parts of one frame of a stream of completions that matter for the bill. The JSON is unknown,
 * so every field is looked for.
 */
export interface Frame {
  /** Every text in it. */
  readonly text: string;
  /** The usage object, wherever the vendor puts it; undefined when it counts nothing. */
  readonly usage: Readonly<Record<string, unknown>> | undefined;
  /** Whether its vendor reports an error. */
  readonly isError: boolean;
  /** Whether it does so as OpenAI or OpenRouter does, whose clients look for it. */
  readonly isPlainError: boolean;
  /** Whether a choice ends here: the vendor says why. */
  readonly isFinish: boolean;
  /**
   * Whether it carries usage and nothing else: the chunk that only a client that asked for usage
   * expects.
   */
  readonly usageOnly: boolean;
}

/** Fields that every chunk has. A chunk with no choice and no other field says nothing. */
const ENVELOPE = new Set([
  "id",
  "object",
  "created",
  "model",
  "choices",
  "usage",
  "system_fingerprint",
  "service_tier",
  "provider",
  "obfuscation",
]);

/** The frame that ends a whole stream. */
const DONE: Frame = {
  text: "",
  usage: undefined,
  isError: false,
  isPlainError: false,
  isFinish: true,
  usageOnly: false,
};

/** A frame that cannot be read was relayed all the same: all of it counts as text. */
const unreadable = (text: string): Frame => ({ ...DONE, text, isFinish: false });

/**
 * Reads the frames of one event's data: some vendors forget the blank line between frames.
 * @param isWhole false where the stream ended within the event: then the rest of it never came
 */
function readData(data: string, isWhole: boolean): readonly Frame[] {
  if (data.trim() === "[DONE]") return [DONE];
  try {
    const frame = toFrame(JSON.parse(data));
    return frame === null ? [] : [frame];
  } catch (error) {
    // Nested too deeply, where it is JSON.
    if (!(error instanceof SyntaxError)) return [];
    const objects = splitObjects(data) ?? [data];
    if (objects.length > 1 || objects[0] !== data)
      return objects.flatMap((each) => readData(each, isWhole));
    if (data.includes("\n")) return data.split("\n").flatMap((line) => readData(line, isWhole));
    return isWhole ? [unreadable(data)] : [];
  }
}

/** The types of the events that end a reply, at Anthropic and OpenAI (Responses). */
const LAST_EVENTS: ReadonlySet<unknown> = new Set(["message_stop", "response.completed"]);

/** Whether a frame says why a choice ends, or that the reply does (Ollama: `done`). */
export const saysFinish = (json: Readonly<Record<string, unknown>>): boolean =>
  [json["choices"], json["candidates"]]
    .flat()
    .filter(isObject)
    .some((each) => typeof (each["finish_reason"] ?? each["finishReason"]) === "string") ||
  json["done"] === true ||
  LAST_EVENTS.has(json["type"]);

function toFrame(json: unknown): Frame | null {
  if (!isObject(json)) return null;
  const choices = Array.isArray(json["choices"]) ? json["choices"].filter(isObject) : [];
  const usage = findUsage(json);
  const isError = reportsError(json);
  return {
    // An error's own words are no reply.
    text: isError && choices.length === 0 ? "" : readReplyText(json),
    usage: hasCount(usage) ? usage : undefined,
    isError,
    isPlainError: reportsPlainError(json),
    isFinish: saysFinish(json),
    usageOnly:
      "usage" in json &&
      choices.length === 0 &&
      Object.keys(json).every((field) => ENVELOPE.has(field)),
  };
}

/** Returns the frame of an event that is called an error, whatever is in it. */
const toErrorFrame = (frame: Frame): Frame => ({
  ...frame,
  text: "",
  isError: true,
  isPlainError: true,
});

/** A line `error: …`, which is no field of an event: clients do not see it. */
const ERROR_LINE: Frame = { ...DONE, isFinish: false, isError: true };

/** A line of an event stream that is no data: a comment, or another field of an event. */
const NO_DATA = /^(:|(data|event|id|retry):|[\s,[\]]*$)/;

/** Reads lines of JSON without an event around them, as some vendors stream. */
const readLines = (stream: string): Frame[] =>
  splitObjects(stream)?.flatMap((object) => readData(object, true)) ??
  stream
    .split(/\r\n|\n|\r/)
    .filter((line) => !NO_DATA.test(line))
    .flatMap((line) => readData(line, true));

/**
 * Reads the frames of a whole piece of an event stream. What is no event, or no JSON, counts as
 * text.
 */
export function readFrames(stream: string): Frame[] {
  const frames: Frame[] = [];
  let events = 0;
  let isWhole = true;
  const parser = createParser({
    onEvent: ({ data, event }) => {
      events += 1;
      const read = readData(data, isWhole);
      frames.push(...(event === "error" ? read.map(toErrorFrame) : read));
    },
    onError: ({ type, field }) => {
      if (type !== "unknown-field" || field !== "error") return;
      events += 1;
      frames.push(ERROR_LINE);
    },
  });
  parser.feed(stream);
  // A stream that broke off after a whole line has sent that line all the same.
  isWhole = false;
  parser.feed("\n\n");
  return events > 0 ? frames : readLines(stream);
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
