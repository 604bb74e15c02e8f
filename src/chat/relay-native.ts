import type { Ending } from "../account/index.ts";
import type { Relay, RelayContext } from "./relay.ts";

/** How many bytes wake JavaScript on the metering branch: a handful of frames. Fewer wait there, and are not lost. */
const WAKE_BYTES = 1024;

/**
 * Passes a stream through byte for byte without JavaScript in between, and keeps a copy to meter by.
 *
 * A native tee: one branch is piped to the client, the other to us. Whichever pipe breaks first tells the ending: ours, that
 * the upstream broke off; the client's, that the client left (the runtime notices at the next write), and then ours is
 * stopped and keeps what has come. The copy may be ahead of a client that reads slowly, by what the platform buffers for it, and has a
 * frame or two more than a client that left.
 */
export function relayNative(upstream: ReadableStream<Uint8Array>, { transcript, heard }: RelayContext): Relay {
  const [forClient, forMeter] = upstream.tee();
  const client = new IdentityTransformStream();
  const meter = new IdentityTransformStream();
  const clientLeft = new AbortController();
  // A turn later: when the upstream breaks off both pipes break, and ours is to tell that itself.
  forClient.pipeTo(client.writable).catch(() => setTimeout(() => clientLeft.abort()));

  async function listen(): Promise<void> {
    const reader = meter.readable.getReader({ mode: "byob" });
    const decoder = new TextDecoder();
    for (;;) {
      const { value, done } = await reader.readAtLeast(WAKE_BYTES, new Uint8Array(4 * WAKE_BYTES));
      if (value !== undefined) transcript.add(decoder.decode(value, { stream: true }));
      if (done) return transcript.add(decoder.decode());
      heard();
    }
  }

  async function follow(): Promise<Ending> {
    const listened = listen();
    try {
      await forMeter.pipeTo(meter.writable, { signal: clientLeft.signal, preventAbort: true });
      await listened;
      return "complete";
    } catch (error) {
      // Closed rather than aborted, so that what has come is listened to.
      await Promise.all([meter.writable.close(), listened]);
      return error instanceof Error && error.name === "AbortError" ? "client_gone" : "upstream_failed";
    }
  }
  return { stream: client.readable, ended: follow() };
}
