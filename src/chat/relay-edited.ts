import type { RelayEnding } from "../account/index.ts";
import { closeStream, endingOf, ReadOn, type Relay, type RelayContext } from "./relay.ts";
import { type Piece, type PriceUsage, UsageChunkEditor } from "./usage-chunk-editor.ts";

/** The most bytes read at once: a frame or two, as a rule. */
const READ_BYTES_MAX = 16_384;

/**
 * Relays a stream frame by frame, with the cost in its usage, or without usage.
 *
 * A loop of read and write, where a failed read is the upstream breaking off and a failed write the
 * client leaving. It costs more than `relayNative`, since it reads the bytes, which nobody notices
 * between two tokens.
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
  const readOn = new ReadOn();
  let isWriting = false;
  // A client that reads no more must not keep a chat open beyond its time: the write that waits for
  // it fails.
  const abortWrite = (): void => {
    if (isWriting) writer.abort(signal.reason).catch(() => undefined);
  };
  signal.addEventListener("abort", abortWrite, { once: true });

  /** Sends a piece to the client, which may have left, or read no more. */
  async function send(bytes: Uint8Array): Promise<void> {
    isWriting = true;
    if (signal.aborted) abortWrite();
    try {
      await writer.write(bytes);
    } catch {
      readOn.clientLeft(context);
    } finally {
      isWriting = false;
    }
  }

  async function pass(pieces: Iterable<Piece>): Promise<void> {
    for (const { bytes, text, hiddenUsage } of pieces) {
      if (text !== "" && !readOn.hasClientLeft) await send(bytes);
      transcript.add(text);
      if (hiddenUsage !== undefined) transcript.addHiddenUsage(hiddenUsage);
    }
  }

  /** Reads to the upstream's end, or until the time after the client left is over. */
  async function pump(): Promise<void> {
    // One buffer for all reads: its bytes are written, or copied, before the next read.
    let buffer = new ArrayBuffer(READ_BYTES_MAX);
    for (;;) {
      const reading = reader.read(new Uint8Array(buffer));
      const read = await (readOn.hasClientLeft ? readOn.orOver(reading) : reading);
      if (read === null) return;
      onActivity();
      await pass(read.done ? frames.flush() : frames.feed(read.value));
      if (read.done) return;
      buffer = read.value.buffer;
    }
  }

  async function run(): Promise<RelayEnding> {
    let error: unknown;
    let ending: RelayEnding;
    try {
      await pump();
      ending = readOn.hasClientLeft ? "client_gone" : endingOf(transcript);
    } catch (caught) {
      // The upstream broke off, or we did.
      error = caught;
      ending = readOn.hasClientLeft ? "client_gone" : "upstream_failed";
    }
    if (ending === "client_gone") writer.abort(signal.reason).catch(() => undefined);
    else closeStream(writer, ending, context);
    reader.cancel(error).catch(() => undefined);
    return ending;
  }
  return { stream: readable, ended: run() };
}
