import type { Json } from "./vendors.ts";

/** A frame of a stream: an object, or the mark of its end. */
export type Frame = Json | "[DONE]";

const textOf = (frame: Frame): string => (frame === "[DONE]" ? frame : JSON.stringify(frame));

/** How a vendor writes its reply onto the wire. */
interface Framing {
  readonly name: string;
  /** Null: the header is left out. */
  readonly type: string | null;
  /** Pieces of this many bytes; null: one piece for each frame. */
  readonly pieceBytes: number | null;
}

/** A stream, frame by frame. */
export interface StreamFraming extends Framing {
  /** The text before the first frame. */
  readonly head: string;
  readonly frame: (frame: Frame) => string;
}

const stream = (
  name: string,
  frame: StreamFraming["frame"],
  more: Partial<StreamFraming> = {},
): StreamFraming => ({
  name,
  type: "text/event-stream",
  pieceBytes: null,
  head: "",
  frame,
  ...more,
});

const sse = (frame: Frame): string => `data: ${textOf(frame)}\n\n`;

export const STREAM_FRAMINGS: readonly StreamFraming[] = [
  stream("events", sse, { type: "text/event-stream; charset=utf-8" }),
  stream("events without a space", (frame) => `data:${textOf(frame)}\n\n`),
  stream("events with CRLF", (frame) => `data: ${textOf(frame)}\r\n\r\n`),
  stream("events with CR", (frame) => `data: ${textOf(frame)}\r\r`),
  stream("events in pieces of a byte", sse, { pieceBytes: 1 }),
  stream("events with CRLF in pieces of 7 bytes", (frame) => `data: ${textOf(frame)}\r\n\r\n`, {
    pieceBytes: 7,
  }),
  stream("events in large pieces", sse, { pieceBytes: 4096 }),
  stream("events without blank lines", (frame) => `data: ${textOf(frame)}\n`),
  stream("events after a byte order mark", sse, { head: "\uFEFF" }),
  stream("events with comments", (frame) => `: ping\n\n${sse(frame)}`, { head: ": begun\n\n" }),
  stream(
    "events with names, ids and pings",
    (frame) => `event: ping\ndata: {"type":"ping"}\n\nid: 7\nevent: chunk\n${sse(frame)}`,
    { head: "retry: 3000\n\n" },
  ),
  stream("events over several lines", (frame) =>
    frame === "[DONE]"
      ? sse(frame)
      : `${JSON.stringify(frame, null, 1)
          .split("\n")
          .map((line) => `data: ${line}\n`)
          .join("")}\n`,
  ),
  stream("events called plain text", sse, { type: "text/plain" }),
  stream("events called JSON", sse, { type: "application/json" }),
  stream("events of no type", sse, { type: null }),
];

const lineOf = (frame: Frame): string => (frame === "[DONE]" ? "" : `${textOf(frame)}\n`);

/** Lines of JSON: of vendors' own surfaces, and of proxies. */
export const LINE_FRAMINGS: readonly StreamFraming[] = [
  stream("lines of JSON", lineOf, { type: "application/x-ndjson" }),
  stream("lines of JSON with CRLF", (frame) => lineOf(frame).replace("\n", "\r\n"), {
    type: "application/jsonl",
  }),
  stream("lines of JSON in pieces of 7 bytes", lineOf, {
    type: "application/x-ndjson",
    pieceBytes: 7,
  }),
  stream("lines of JSON called events", lineOf),
];

/** A whole reply. */
export interface WholeFraming extends Framing {
  readonly body: (json: Json) => string;
}

const whole = (
  name: string,
  type: string | null,
  body: WholeFraming["body"] = JSON.stringify,
  pieceBytes: number | null = null,
): WholeFraming => ({ name, type, body, pieceBytes });

export const WHOLE_FRAMINGS: readonly WholeFraming[] = [
  whole("JSON", "application/json"),
  whole("JSON called plain text", "text/plain; charset=utf-8"),
  whole("JSON of no type", null),
  whole(
    "JSON after a byte order mark",
    "application/json",
    (json) => `\uFEFF${JSON.stringify(json)}`,
  ),
  whole("JSON over lines with CRLF", "application/json", (json) =>
    JSON.stringify(json, null, 2).replaceAll("\n", "\r\n"),
  ),
  whole("JSON in pieces of 3 bytes", "application/json", JSON.stringify, 3),
];

/** Cuts a text into the pieces in which it comes. */
export function* piecesOf(text: string, pieceBytes: number | null): Generator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const size = pieceBytes ?? Math.max(1, bytes.length);
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}
