import type { Ending } from "../account/index.ts";
import type { Relay, RelayContext } from "./relay.ts";

/** The most that is read at once on the metering branch. Every sign of life has to be heard, so one byte is enough to wake it. */
const READ_BYTES = 4096;

/**
 * Passes a stream through byte for byte without JavaScript in between, and keeps a copy to meter by.
 *
 * A native tee: one branch is piped to the client, the other to us. Whichever pipe breaks first tells the ending: ours, that
 * the upstream broke off; the client's, that the client left (the runtime notices at the next write), and then ours is
 * stopped and keeps what has come but the last piece. The copy may be ahead of a client that reads slowly, by what the platform
 * buffers for it, and so may have a frame or two more than a client that left in a hurry.
 */
export function relayNative(upstream: ReadableStream<Uint8Array>, { transcript, heard }: RelayContext): Relay {
  const [forClient, forMeter] = upstream.tee();
  const client = new IdentityTransformStream();
  const meter = new IdentityTransformStream();
  const clientLeft = new AbortController();
  // A turn later: when the upstream breaks off both pipes break, and ours is to tell that itself.
  forClient.pipeTo(client.writable).catch(() => setTimeout(() => clientLeft.abort()));

  /** The piece that came last. By it the runtime notices that a client left, so that client was not sent it. */
  let last = "";

  async function listen(): Promise<void> {
    const reader = meter.readable.getReader({ mode: "byob" });
    const decoder = new TextDecoder();
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(READ_BYTES));
      if (done) return;
      transcript.add(last);
      last = decoder.decode(value, { stream: true });
      heard();
    }
  }

  async function follow(): Promise<Ending> {
    const listened = listen();
    try {
      await forMeter.pipeTo(meter.writable, { signal: clientLeft.signal, preventAbort: true });
      await listened;
      transcript.add(last);
      return "complete";
    } catch (error) {
      // Closed rather than aborted, so that what has come is listened to.
      await Promise.all([meter.writable.close(), listened]);
      if (error instanceof Error && error.name === "AbortError") return "client_gone";
      transcript.add(last);
      return "upstream_failed";
    }
  }
  return { stream: client.readable, ended: follow() };
}
