import type { Ending } from "../account/index.ts";
import type { Relay, RelayContext } from "./relay.ts";
import { type OnUsage, type Piece, UsageChunk } from "./usage-chunk.ts";

/** Resolves to false when the upstream is given up: a client that reads no more must not hold a ride open beyond its time. */
const givenUp = (signal: AbortSignal): Promise<false> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener("abort", () => resolve(false), { once: true });
  });

/**
 * Passes a stream through frame by frame, and lets `onUsage` say what becomes of the chunk that carries only usage.
 *
 * A loop of read and write, where a failed read is the upstream breaking off and a failed write the client leaving. A write is
 * done when the platform has taken it for the client, so the transcript is what was sent. Dearer than `relayNative`, since it
 * looks at the bytes, which nobody feels between two tokens.
 */
export function relayEdited(upstream: ReadableStream<Uint8Array>, context: RelayContext, onUsage: OnUsage): Relay {
  const { transcript, heard, signal } = context;
  const { readable, writable } = new IdentityTransformStream();
  const reader = upstream.getReader();
  const writer = writable.getWriter();
  const frames = new UsageChunk(onUsage);
  const stop = givenUp(signal);

  /** False when the client has left, or reads no more. */
  async function write(pieces: Iterable<Piece>): Promise<boolean> {
    for (const { bytes, text } of pieces) {
      const written = writer.write(bytes).then(
        () => true,
        () => false,
      );
      if (!(await Promise.race([written, stop]))) return false;
      transcript.add(text);
    }
    return true;
  }

  async function pump(): Promise<Ending> {
    for (;;) {
      const { value, done } = await reader.read();
      heard();
      const pieces = done ? frames.rest() : frames.feed(value);
      if (!(await write(pieces))) return "client_gone";
      if (done) return "complete";
    }
  }

  async function follow(): Promise<Ending> {
    try {
      const ending = await pump();
      // Not awaited: it is closed when the client has read the last of it, and the ride is over before.
      const close = ending === "complete" ? writer.close() : writer.abort(signal.reason);
      close.catch(() => undefined);
      if (ending === "client_gone") reader.cancel().catch(() => undefined);
      return ending;
    } catch (error) {
      // The upstream broke off, or we did: either way the client must not take what it has for the whole.
      writer.abort(error).catch(() => undefined);
      reader.cancel(error).catch(() => undefined);
      return "upstream_failed";
    }
  }
  return { stream: readable, ended: follow() };
}
