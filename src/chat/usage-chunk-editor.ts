import { endOfFrames, type Frame, readFrames, splitFrames } from "./frames.ts";
import { isObject, withoutVendorPrices } from "./measure-usage.ts";

/** Usage that is not null, though its JSON may be over several lines of data. */
const USAGE_PATTERN = /"usage"(?:\s|data:)*:(?:\s|data:)*\{/;
/**
 * A longer frame is passed on in pieces, unread: no vendor sends one, and memory is not theirs to
 * fill.
 */
const FRAME_BYTES_MAX = 4_194_304;

const EMPTY = new Uint8Array(0);

/**
 * Decides what a client is shown with the usage in a frame: the cost (credits), or null for none.
 * Without a cost a chunk that carries only usage is kept back.
 */
export type OnUsage = (frame: Frame) => number | null;

/** The lines that are a frame's data. */
const DATA_LINES = /^data:[^\r\n]*(?:(?:\r\n|\n|\r)data:[^\r\n]*)*/m;
const DATA_FIELD = /^data:/gm;

/**
 * Returns a frame whose usage shows our cost, or none, and in neither case the vendor's. The frame
 * as it came, where that changes nothing.
 */
function withCost(frame: string, cost: number | null): string {
  return frame.replace(DATA_LINES, (lines) => {
    const json: unknown = JSON.parse(lines.replace(DATA_FIELD, ""));
    if (!isObject(json) || !isObject(json["usage"])) return lines;
    const { usage } = json;
    const shown = withoutVendorPrices(usage);
    if (cost === null && Object.keys(shown).length === Object.keys(usage).length) return lines;
    const edited = { ...json, usage: cost === null ? shown : { ...shown, cost } };
    return `data: ${JSON.stringify(edited)}`;
  });
}

/** A piece of a stream as the client gets it, as bytes and as text. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * Takes the chunk that carries only usage out of a stream, or puts the cost into every usage. The
 * vendor's own prices are removed. Everything else passes untouched, whole frames at a time,
 * however the bytes were cut.
 */
export class UsageChunkEditor {
  readonly #onUsage: OnUsage;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  #pending = EMPTY;

  constructor(onUsage: OnUsage) {
    this.#onUsage = onUsage;
  }

  /**
   * Returns the frames that `chunk` makes whole, as the client gets them. Each is edited when it is
   * asked for: after the one before was sent.
   */
  feed(chunk: Uint8Array): Iterable<Piece> {
    const bytes = this.#pending.length === 0 ? chunk : concat(this.#pending, chunk);
    const whole = bytes.length > FRAME_BYTES_MAX ? bytes.length : endOfFrames(bytes);
    this.#pending = whole === bytes.length ? EMPTY : bytes.slice(whole);
    return this.#edit(whole === bytes.length ? bytes : bytes.subarray(0, whole));
  }

  /** Returns the rest at the end of the stream: a frame without its blank line. */
  flush(): Iterable<Piece> {
    return this.#edit(this.#pending);
  }

  #edit(bytes: Uint8Array): Iterable<Piece> {
    if (bytes.length === 0) return [];
    const text = this.#decoder.decode(bytes);
    return USAGE_PATTERN.test(text) ? this.#editFrames(text) : [{ bytes, text }];
  }

  *#editFrames(whole: string): Generator<Piece> {
    for (const frame of splitFrames(whole)) {
      const text = this.#editFrame(frame);
      if (text !== "") yield { bytes: this.#encoder.encode(text), text };
    }
  }

  #editFrame(frame: string): string {
    const [read] = USAGE_PATTERN.test(frame) ? readFrames(frame) : [];
    if (read?.usage === undefined) return frame;
    const cost = this.#onUsage(read);
    return cost === null && read.usageOnly ? "" : withCost(frame, cost);
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
