import type { Ending } from "../account/index.ts";
import { endOfFrames, readFrames, splitFrames } from "./frames.ts";
import { Transcript } from "./transcript.ts";

/** What a relayed stream came to. */
export interface Relayed {
  readonly ending: Ending;
  /** All that the client was sent; null when it was not to be kept, or is too long to be. */
  readonly sent: string | null;
  /** All text that the model said in it. */
  readonly text: string;
  /** The usage that the upstream reported last, as it came; undefined when there is none, or when it said more after it. */
  readonly usage: unknown;
}

export interface RelayOptions {
  /** What becomes of the chunk that carries only usage: passed on as it is, kept back, or sent with the cost in it. */
  readonly usageChunk: "pass" | "hide" | "price";
  /** Gives the cost (credits) of a usage that the upstream reported, for `price`. */
  readonly costOf: (usage: unknown, text: string) => number | null;
  /** Whether what was sent is asked for when the stream has ended. */
  readonly keep: boolean;
  /** Called at every sign of life. */
  readonly heard: () => void;
  /** Aborts when the client has left. */
  readonly clientGone: AbortSignal;
  /** Aborts when the upstream is waited for no longer. */
  readonly givenUp: AbortSignal;
  /** Called exactly once, however the stream ends. */
  readonly ended: (relayed: Relayed) => void;
}

const USAGE = /"usage"\s*:\s*\{/;
/** A frame longer than this is passed on in pieces, unread: no vendor sends one, and memory is not theirs to fill. */
const MAX_FRAME_BYTES = 4_194_304;

function withCost(frame: string, cost: number): string {
  return frame.replace(/^data:\s*(\{.*\})\s*$/m, (line, data: string) => {
    const json: { usage: object } = JSON.parse(data);
    return line.replace(data, () => JSON.stringify({ ...json, usage: { ...json.usage, cost } }));
  });
}

/**
 * Passes a stream of completions through, byte for byte and whole frames at a time, and watches for usage.
 *
 * A `TransformStream` because it is the one pattern in workerd that hears of every ending: `flush` when all was read,
 * `cancel` when the upstream broke off. That the client left is heard by `clientGone`, at the first write that fails, as long
 * as something keeps the request alive (`waitUntil`); where nothing does, `cancel` is called, with the same error as when the
 * upstream breaks off. A client that stays and reads no more holds the pipe up, so that not even `cancel` is called: that the
 * time is over is heard by `givenUp`.
 */
export function relay(upstream: ReadableStream<Uint8Array>, options: RelayOptions): ReadableStream<Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const transcript = new Transcript(options.keep);
  let pending = new Uint8Array(0);
  let told: { readonly usage: unknown; readonly after: number } | undefined;

  /** A frame as the client gets it; empty when it is kept back. */
  function edit(frame: string, usage: unknown, usageOnly: boolean): string {
    if (!usageOnly || options.usageChunk === "pass") return frame;
    if (options.usageChunk === "hide") return "";
    const cost = options.costOf(usage, transcript.said);
    return cost === null ? frame : withCost(frame, cost);
  }

  function send(bytes: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void {
    if (bytes.length === 0) return;
    const text = decoder.decode(bytes);
    if (!USAGE.test(text)) {
      transcript.add(text);
      controller.enqueue(bytes);
      return;
    }
    for (const frame of splitFrames(text)) {
      const read = USAGE.test(frame) ? readFrames(frame)[0] : undefined;
      const edited = read?.usage === undefined ? frame : edit(frame, read.usage, read.usageOnly);
      if (edited !== "") {
        transcript.add(edited);
        controller.enqueue(encoder.encode(edited));
      }
      if (read?.usage !== undefined) told = { usage: read.usage, after: transcript.said.length };
    }
  }

  let over = false;
  function end(ending: Ending): void {
    if (over) return;
    over = true;
    const text = transcript.said;
    // A count from before the last words is not of them.
    const usage = told?.after === text.length ? told.usage : undefined;
    options.ended({ ending, sent: transcript.sent, text, usage });
  }

  /** Whatever goes wrong here ends the stream as well: nothing else would hear of it. */
  function sendOrEnd(bytes: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void {
    try {
      send(bytes, controller);
    } catch (error) {
      end("upstream_failed");
      throw error;
    }
  }

  const through = new TransformStream<Uint8Array, Uint8Array>({
    start(controller) {
      const leave = () => {
        end("client_gone");
        // Closes what the client no longer reads, and stops the upstream.
        controller.terminate();
      };
      const giveUp = () => {
        end("upstream_failed");
        controller.error(options.givenUp.reason);
      };
      options.clientGone.addEventListener("abort", leave, { once: true });
      options.givenUp.addEventListener("abort", giveUp, { once: true });
    },
    transform(chunk, controller) {
      options.heard();
      const bytes = pending.length === 0 ? chunk : concat(pending, chunk);
      const whole = bytes.length > MAX_FRAME_BYTES ? bytes.length : endOfFrames(bytes);
      pending = bytes.slice(whole);
      sendOrEnd(bytes.subarray(0, whole), controller);
    },
    flush(controller) {
      sendOrEnd(pending, controller);
      end("complete");
    },
    cancel(reason) {
      end(reason === undefined || options.clientGone.aborted ? "client_gone" : "upstream_failed");
    },
  });
  // How the pipe ended was heard above, and whoever reads the stream is told as well.
  upstream.pipeTo(through.writable).catch(() => undefined);
  return through.readable;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
