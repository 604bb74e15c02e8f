import { createParser } from "eventsource-parser";
import type { Failure } from "../../errors.ts";
import { toFailure } from "../call-upstream.ts";
import type { Deadline } from "../deadline.ts";
import { parseLossless } from "../lossless-json.ts";
import { joinBytes } from "../read-text.ts";
import type { ReplyHead } from "./chat-reply.ts";
import type { Dialect, DialectReader } from "./dialect.ts";
import { isObject, type Json } from "./json-fields.ts";
import { MessageReader } from "./messages/read-message.ts";
import { ResponseReader } from "./responses/read-response.ts";

/** A longer frame, or a longer whole reply, is none. */
const FRAME_CHARACTERS_MAX = 4_194_304;
const WHOLE_BYTES_MAX = 8_388_608;

const STREAM_TYPE = /^text\/event-stream\s*(;|$)/i;
/** The start of a stream of events, whatever it is called. */
const STREAM_START = /^\uFEFF?\s*(:|data|event|id|retry)/;
const JSON_START = /^\uFEFF?\s*\{/;
/** As much of a reply as tells what it is. */
const START_BYTES = 64;

/** The most bytes read at once. */
const READ_BYTES_MAX = 16_384;

/** Reads a body piece by piece. */
class ByteReader {
  readonly #reader: ReadableStreamBYOBReader;

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader({ mode: "byob" });
  }

  read() {
    return this.#reader.read(new Uint8Array(READ_BYTES_MAX));
  }

  cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason);
  }
}

type Reader = ByteReader;

/** A reply as a chat's, with what its vendor said of the prompt. */
export interface TranslatedReply {
  readonly response: Response;
  readonly promptUsage: () => Json | undefined;
}

const EVENT_STREAM = { "content-type": "text/event-stream; charset=utf-8" };

function readData(data: string): Json | null {
  try {
    const json = parseLossless(data);
    return isObject(json) ? json : null;
  } catch {
    return null;
  }
}

/** A stream of bytes that is made as it is read, so that an error loses nothing before it. */
const toStream = (
  pull: () => Promise<Uint8Array | null>,
  cancel: (reason: unknown) => Promise<void>,
): ReadableStream<Uint8Array> =>
  new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const bytes = await pull();
      if (bytes !== null) return controller.enqueue(new Uint8Array(bytes));
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel,
  });

/** Translates a stream of events as it comes. */
function translateStream(
  first: Uint8Array,
  source: Reader,
  reader: DialectReader,
  onActivity: () => void,
): ReadableStream<Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let written = "";
  let next: Uint8Array | null = first;
  let isOver = false;
  const parser = createParser({
    maxBufferSize: FRAME_CHARACTERS_MAX,
    onEvent: ({ event, data }) => {
      const json = readData(data);
      // An event that is no JSON says nothing, but for one that is called an error.
      if (json !== null || event === "error") written += reader.readEvent({ type: event, ...json });
    },
  });
  /** Reads on, and returns the frames that it gave. */
  async function readFrames(): Promise<string> {
    if (next === null) {
      const read = await source.read();
      onActivity();
      isOver = read.done;
      next = read.done ? null : read.value;
    }
    // A vendor may end its stream after a whole line.
    parser.feed(next === null ? "\n\n" : decoder.decode(next, { stream: true }));
    next = null;
    const frames = written;
    written = "";
    return frames;
  }
  async function pull(): Promise<Uint8Array | null> {
    let frames = "";
    while (!isOver && frames === "") frames = await readFrames();
    return frames === "" ? null : encoder.encode(frames);
  }
  return toStream(pull, (reason) => source.cancel(reason));
}

/** Passes a reply on that is in no form of its dialect. */
function passOn(first: Uint8Array, source: Reader): ReadableStream<Uint8Array> {
  let isFirst = first.length > 0;
  const pull = async () => {
    if (isFirst) {
      isFirst = false;
      return first;
    }
    const read = await source.read();
    return read.done ? null : read.value;
  };
  return toStream(pull, (reason) => source.cancel(reason));
}

/** Reads a whole reply, and translates it where it is one. */
async function translateWhole(
  first: Uint8Array,
  source: Reader,
  reader: DialectReader,
  onActivity: () => void,
): Promise<BodyInit> {
  const pieces = [first];
  let length = first.length;
  while (length <= WHOLE_BYTES_MAX) {
    const read = await source.read();
    onActivity();
    if (read.done) {
      const text = new TextDecoder().decode(joinBytes(pieces));
      return translateText(text, reader);
    }
    pieces.push(read.value);
    length += read.value.length;
  }
  return passOn(joinBytes(pieces), source);
}

function translateText(text: string, reader: DialectReader): string {
  try {
    const json = parseLossless(text);
    const completion = isObject(json) ? reader.readWhole(json) : null;
    return completion === null ? text : JSON.stringify(completion);
  } catch {
    // No JSON, or nested too deeply: who reads it next tells its client so.
    return text;
  }
}

const READERS = {
  messages: (head: ReplyHead): DialectReader => new MessageReader(head),
  responses: (head: ReplyHead): DialectReader => new ResponseReader(head),
} as const;

const toReader = (dialect: Exclude<Dialect, "chat">, head: ReplyHead): DialectReader =>
  READERS[dialect](head);

/**
 * Translates a reply in a dialect to a chat's, whole or as a stream, in the form in which it came.
 * What is neither is passed on as it is. A stream is translated as it comes, and breaks off where
 * its vendor's does.
 * @param head what the reply is called; its model's name, and an empty id, are the vendor's
 */
export async function translateReply(
  dialect: Exclude<Dialect, "chat">,
  { body, headers }: Response,
  head: ReplyHead,
  deadline: Deadline,
): Promise<
  | { readonly ok: true; readonly value: TranslatedReply }
  | { readonly ok: false; readonly failure: Failure }
> {
  const reader = toReader(dialect, head);
  const reply = (stream: BodyInit | null, more: HeadersInit) => ({
    ok: true as const,
    value: {
      response: new Response(stream, { headers: more }),
      promptUsage: () => reader.promptUsage,
    },
  });
  if (body === null) return reply(null, headers);
  const source = new ByteReader(body);
  const onActivity = () => deadline.touch();
  // Its first word may be long in coming: the client has its headers before.
  if (STREAM_TYPE.test(headers.get("content-type") ?? ""))
    return reply(translateStream(new Uint8Array(0), source, reader, onActivity), EVENT_STREAM);
  try {
    let first = new Uint8Array(0);
    while (first.length < START_BYTES) {
      const read = await source.read();
      if (read.done) break;
      onActivity();
      first = joinBytes([first, read.value]);
      if (/\S/.test(new TextDecoder().decode(first).replace("\uFEFF", ""))) break;
    }
    const start = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(first);
    if (STREAM_START.test(start))
      return reply(translateStream(first, source, reader, onActivity), EVENT_STREAM);
    if (JSON_START.test(start)) {
      const whole = await translateWhole(first, source, reader, onActivity);
      return reply(whole, { "content-type": "application/json" });
    }
    return reply(passOn(first, source), headers);
  } catch (error) {
    return { ok: false, failure: toFailure(deadline.reasonFor(error)) };
  }
}
