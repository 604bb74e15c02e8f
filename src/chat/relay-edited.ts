import type { RelayEnding } from "../account/index.ts";
import type { Relay, RelayContext } from "./relay.ts";
import { type OnUsage, type Piece, UsageChunkEditor } from "./usage-chunk-editor.ts";

/** The most bytes read at once: a frame or two, as a rule. */
const READ_BYTES_MAX = 16_384;

/**
 * Relays a stream frame by frame, and lets `onUsage` decide what a client is shown with usage.
 *
 * A loop of read and write, where a failed read is the upstream breaking off and a failed write the
 * client leaving. A write is done when the platform has taken it for the client, so the transcript
 * is what was sent. It costs more than `relayNative`, since it reads the bytes, which nobody
 * notices between two tokens.
 */
export function relayEdited(
  upstream: ReadableStream<Uint8Array>,
  context: RelayContext,
  onUsage: OnUsage,
): Relay {
  const { transcript, onActivity, signal } = context;
  const { readable, writable } = new IdentityTransformStream();
  const reader = upstream.getReader({ mode: "byob" });
  const writer = writable.getWriter();
  const frames = new UsageChunkEditor(onUsage);
  // A client that reads no more must not keep a chat open beyond its time: the write that waits for
  // it fails.
  const abortWrite = (): void => void writer.abort(signal.reason).catch(() => undefined);
  if (signal.aborted) abortWrite();
  else signal.addEventListener("abort", abortWrite, { once: true });

  /** Returns false when the client has left, or reads no more. */
  async function write(pieces: Iterable<Piece>): Promise<boolean> {
    for (const { bytes, text } of pieces) {
      try {
        await writer.write(bytes);
      } catch {
        return false;
      }
      transcript.add(text);
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
      if (done) return "complete";
      buffer = value.buffer;
    }
  }

  async function run(): Promise<RelayEnding> {
    try {
      const ending = await pump();
      // Not awaited: it is closed when the client has read the last of it, and the chat is over
      // before that.
      const close = ending === "complete" ? writer.close() : writer.abort(signal.reason);
      close.catch(() => undefined);
      if (ending === "client_gone") reader.cancel().catch(() => undefined);
      return ending;
    } catch (error) {
      // The upstream broke off, or we did: either way the client must not take its part for the
      // whole.
      writer.abort(error).catch(() => undefined);
      reader.cancel(error).catch(() => undefined);
      return "upstream_failed";
    }
  }
  return { stream: readable, ended: run() };
}
