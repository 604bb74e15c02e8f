import type { RelayEnding } from "../account/index.ts";
import { FrameEditor, type FrameEdits, type Piece } from "./frame-editor.ts";
import { closeStream, endingOf, ReadOn, type Relay, type RelayContext } from "./relay.ts";
import { relayNative } from "./relay-native.ts";

/** The most bytes read at once: a frame or two, as a rule. */
const READ_BYTES_MAX = 16_384;

/**
 * Relays a stream frame by frame, edited, and from where nothing is left to edit by `relayNative`.
 *
 * A loop of read and write, where a failed read is the upstream breaking off and a failed write the
 * client leaving. It costs more than `relayNative`, since it reads the bytes, which nobody notices
 * between two tokens.
 */
export function relayEdited(
  upstream: ReadableStream<Uint8Array>,
  context: RelayContext,
  edits: FrameEdits,
): Relay {
  const { transcript, onActivity, signal } = context;
  const { readable, writable } = new IdentityTransformStream();
  const reader = upstream.getReader({ mode: "byob" });
  const writer = writable.getWriter();
  const frames = new FrameEditor(edits);
  const decoder = new TextDecoder();
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
    for (const { bytes, text, shown, hiddenUsage } of pieces) {
      if (bytes.length > 0 && !readOn.hasClientLeft) await send(bytes);
      transcript.add(text, shown);
      if (hiddenUsage !== undefined) transcript.addHiddenUsage(hiddenUsage);
    }
  }

  /** Sends the start of a frame that ends in what is relayed natively. */
  async function passPending(): Promise<void> {
    const bytes = frames.takePending();
    await pass([{ bytes, text: decoder.decode(bytes, { stream: true }) }]);
  }

  /**
   * Reads to the upstream's end, or until the time after the client left is over.
   * @returns whether the rest is to be relayed natively
   */
  async function pump(): Promise<boolean> {
    // One buffer for all reads: its bytes are written, or copied, before the next read.
    let buffer = new ArrayBuffer(READ_BYTES_MAX);
    for (;;) {
      const reading = reader.read(new Uint8Array(buffer));
      const read = await (readOn.hasClientLeft ? readOn.orOver(reading) : reading);
      if (read === null) return false;
      onActivity();
      await pass(read.done ? frames.flush() : frames.feed(read.value));
      if (read.done) return false;
      if (frames.isDone) await passPending();
      if (frames.isDone && !readOn.hasClientLeft) return true;
      buffer = read.value.buffer;
    }
  }

  async function run(): Promise<RelayEnding> {
    let error: unknown;
    let ending: RelayEnding;
    try {
      if (await pump()) {
        signal.removeEventListener("abort", abortWrite);
        reader.releaseLock();
        writer.releaseLock();
        return await relayNative(upstream, writable, decoder, context);
      }
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
