import { fail, ok, type Result } from "../errors.ts";
import {
  type Deadline,
  joinBytes,
  readVendorError,
  toFailure,
  type Upstream,
} from "../upstream/index.ts";
import { readFrames, splitAtLastFrame, splitFrames } from "./frames.ts";
import { framesToEvents, linesToEvents } from "./lines-to-events.ts";
import { splitObjects } from "./split-objects.ts";
import { isObject } from "./vendor-usage.ts";

/** A reply that says nothing in so many bytes is passed on as it is. */
const START_BYTES_MAX = 65_536;

/** Puts the first piece of a body back before the rest of it. */
export const rejoin = (
  first: Uint8Array,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> =>
  new ReadableStream({
    type: "bytes",
    start: (controller) => controller.enqueue(new Uint8Array(first)),
    async pull(controller) {
      const read = await reader.read();
      if (!read.done) return controller.enqueue(new Uint8Array(read.value));
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: (reason) => reader.cancel(reason),
  });

/** What a stream's start says: a reply began, nothing yet, or that there will be none. */
type Start =
  | { readonly kind: "begun" | "open" | "invalid" }
  | { readonly kind: "error"; readonly json: unknown };

const parse = (data: string): unknown => {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
};

const dataOf = (frame: string): string =>
  frame
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice("data:".length).trim())
    .join("\n");

function judgeFrame(frame: string): Start {
  const data = dataOf(frame);
  const frames = readFrames(frame);
  if (frames.some(({ isError }) => isError)) return { kind: "error", json: parse(data) };
  if (data === "") return { kind: "open" };
  // An end before any word or finish reason.
  if (data === "[DONE]") return { kind: "invalid" };
  if (!isObject(parse(data)) && splitObjects(data) === null) return { kind: "invalid" };
  return frames.some(({ text, isFinish }) => text !== "" || isFinish)
    ? { kind: "begun" }
    : { kind: "open" };
}

/** Judges the whole frames of a stream's start, or its whole lines where it has no blank ones. */
function judgeStart(text: string): Start {
  const [frames] = splitAtLastFrame(text);
  const lines = text.slice(0, text.lastIndexOf("\n") + 1);
  const events = frames === "" ? linesToEvents(lines) : (framesToEvents(frames) ?? frames);
  for (const frame of splitFrames(events ?? "")) {
    const start = judgeFrame(frame);
    if (start.kind !== "open") return start;
  }
  return { kind: "open" };
}

const noReply = () =>
  fail("upstream_error", "The model provider sent an invalid response. You weren't charged.");

/**
 * Reads a stream until its first word, so that another upstream can be asked where there is none.
 * @param onActivity called at every chunk
 * @returns the whole stream, or why there is no reply in it
 */
export async function peekStream(
  body: ReadableStream<Uint8Array>,
  upstream: Upstream,
  deadline: Deadline,
  onActivity: () => void,
): Promise<Result<ReadableStream<Uint8Array>>> {
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  for (let length = 0; ; ) {
    let read: ReadableStreamReadResult<Uint8Array>;
    try {
      read = await reader.read();
    } catch (error) {
      return { ok: false, failure: toFailure(deadline.reasonFor(error)) };
    }
    onActivity();
    if (!read.done) {
      pieces.push(read.value);
      length += read.value.length;
    }
    const bytes = joinBytes(pieces);
    const start = judgeStart(new TextDecoder().decode(bytes) + (read.done ? "\n\n" : ""));
    if (start.kind === "begun" || length > START_BYTES_MAX) {
      deadline.begun();
      return ok(rejoin(bytes, reader));
    }
    if (start.kind === "open" && !read.done) continue;
    reader.cancel().catch(() => undefined);
    return start.kind === "error" && isObject(start.json)
      ? { ok: false, failure: readVendorError(start.json, upstream) }
      : noReply();
  }
}
