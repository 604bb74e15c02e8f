import type { RelayEnding } from "../account/index.ts";
import { closeStream, endingOf, type Relay, type RelayContext } from "./relay.ts";
import { type Piece, type PriceUsage, UsageChunkEditor } from "./usage-chunk-editor.ts";

/** The most bytes read at once: a frame or two, as a rule. */
const READ_BYTES_MAX = 16_384;

/**
 * Relays a stream frame by frame, with the cost in its usage, or without usage.
 *
 * A loop of read and write, where a failed read is the upstream breaking off and a failed write the
 * client leaving. A write is done when the platform has taken it for the client, so the transcript
 * is what was sent. It costs more than `relayNative`, since it reads the bytes, which nobody
 * notices between two tokens.
 */
export function relayEdited(
  upstream: ReadableStream<Uint8Array>,
  context: RelayContext,
  price: PriceUsage | null,
): Relay {
  const { transcript, onActivity, signal } = context;
  const { readable, writable } = new IdentityTransformStream();
  const reader = upstream.getReader({ mode: "byob" });
  const writer = writable.getWriter();
  const frames = new UsageChunkEditor(price);
  let isWriting = false;
  // A client that reads no more must not keep a chat open beyond its time: the write that waits for
  // it fails.
  const abortWrite = (): void => {
    if (isWriting) writer.abort(signal.reason).catch(() => undefined);
  };
  signal.addEventListener("abort", abortWrite, { once: true });

  /** Returns false when the client has left, or reads no more. */
  async function write(pieces: Iterable<Piece>): Promise<boolean> {
    for (const { bytes, text, hiddenUsage } of pieces) {
      isWriting = true;
      if (signal.aborted) abortWrite();
      try {
        if (text !== "") await writer.write(bytes);
      } catch {
        return false;
      } finally {
        isWriting = false;
      }
      transcript.add(text);
      if (hiddenUsage !== undefined) transcript.addHiddenUsage(hiddenUsage);
    }
    return true;
  }

  async function pump(): Promise<RelayEnding> {
    // One buffer for all reads: its bytes are written, or copied, before the next read.
    let buffer = new ArrayBuffer(READ_BYTES_MAX);
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(buffer));
      onActivity();
      const pieces = done ? frames.flush() : frames.feed(value);
      if (!(await write(pieces))) return "client_gone";
      if (done) return endingOf(transcript);
      buffer = value.buffer;
    }
  }

  async function run(): Promise<RelayEnding> {
    try {
      const ending = await pump();
      if (ending === "client_gone") {
        writer.abort(signal.reason).catch(() => undefined);
        reader.cancel().catch(() => undefined);
      } else closeStream(writer, ending, context);
      return ending;
    } catch (error) {
      // The upstream broke off, or we did.
      closeStream(writer, "upstream_failed", context);
      reader.cancel(error).catch(() => undefined);
      return "upstream_failed";
    }
  }
  return { stream: readable, ended: run() };
}
