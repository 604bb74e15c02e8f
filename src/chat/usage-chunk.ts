import { endOfFrames, readFrames, splitFrames } from "./frames.ts";

const USAGE = /"usage"\s*:\s*\{/;
/** A frame longer than this is passed on in pieces, unread: no vendor sends one, and memory is not theirs to fill. */
const MAX_FRAME_BYTES = 4_194_304;

const NOTHING = new Uint8Array(0);

/** What becomes of the chunk that carries only usage: the cost (credits) to put into it, or null to keep it back. */
export type OnUsage = (usage: unknown) => number | null;

function withCost(frame: string, cost: number): string {
  return frame.replace(/^data:\s*(\{.*\})\s*$/m, (line, data: string) => {
    const json: { usage: object } = JSON.parse(data);
    return line.replace(data, () => JSON.stringify({ ...json, usage: { ...json.usage, cost } }));
  });
}

/** A piece of a stream as the client gets it, and the text of it. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * Takes the chunk that carries only usage out of a stream, or puts the cost into it. Everything else passes untouched, whole
 * frames at a time, however the bytes were cut.
 */
export class UsageChunk {
  readonly #onUsage: OnUsage;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  #pending = NOTHING;

  constructor(onUsage: OnUsage) {
    this.#onUsage = onUsage;
  }

  /** The frames that `chunk` makes whole, as the client gets them. Each is edited when it is asked for: after the one before was sent. */
  feed(chunk: Uint8Array): Iterable<Piece> {
    const bytes = this.#pending.length === 0 ? chunk : concat(this.#pending, chunk);
    const whole = bytes.length > MAX_FRAME_BYTES ? bytes.length : endOfFrames(bytes);
    this.#pending = whole === bytes.length ? NOTHING : bytes.slice(whole);
    return this.#edit(whole === bytes.length ? bytes : bytes.subarray(0, whole));
  }

  /** What is left at the end of the stream: a frame without its blank line. */
  rest(): Iterable<Piece> {
    return this.#edit(this.#pending);
  }

  #edit(bytes: Uint8Array): Iterable<Piece> {
    if (bytes.length === 0) return [];
    const text = this.#decoder.decode(bytes);
    return USAGE.test(text) ? this.#editFrames(text) : [{ bytes, text }];
  }

  *#editFrames(whole: string): Generator<Piece> {
    for (const frame of splitFrames(whole)) {
      const text = this.#editFrame(frame);
      if (text !== "") yield { bytes: this.#encoder.encode(text), text };
    }
  }

  #editFrame(frame: string): string {
    const [read] = USAGE.test(frame) ? readFrames(frame) : [];
    if (read === undefined || !read.usageOnly) return frame;
    const cost = this.#onUsage(read.usage);
    return cost === null ? "" : withCost(frame, cost);
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
