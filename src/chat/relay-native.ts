import type { RelayEnding } from "../account/index.ts";
import { splitFrames } from "./frames.ts";
import { closeStream, endingOf, type Relay, type RelayContext } from "./relay.ts";

/**
 * The time for which pieces gather before they are read together: JavaScript wakes 20 times a
 * second at most, however many tokens come, and not before the first of them are on their way to
 * the client.
 */
const GATHER_MS = 50;
/**
 * The most bytes read at once on the metering branch. More than that is waiting only where a vendor
 * is faster than any is today.
 */
const READ_BYTES_MAX = 65_536;
/** The time for reading what is already waiting, once the client has left. */
const LAST_READ_MS = 10;

/** Returns what a client that left was sent: all but the frame by which the runtime noticed. */
const withoutLastFrame = (text: string): string => splitFrames(text).slice(0, -1).join("");

/**
 * Relays a stream byte for byte without JavaScript in between, and keeps a copy to meter by.
 *
 * A native tee: one branch is piped to the client, the other is read now and then, and at once when
 * the client's has ended. A failed read means that the upstream broke off, a failed pipe that the
 * client left, which the runtime notices at a later write. The copy may be ahead of a client that
 * reads slowly, by what the platform buffers for it.
 */
export function relayNative(upstream: ReadableStream<Uint8Array>, context: RelayContext): Relay {
  const { transcript, onActivity } = context;
  const [forClient, forMeter] = upstream.tee();
  const client = new IdentityTransformStream();
  const delivered = forClient
    .pipeTo(client.writable, { preventClose: true, preventAbort: true })
    .then(
      () => true,
      () => false,
    );
  // A turn later: when the upstream breaks off the pipe breaks too, and then the read has to decide
  // the ending.
  const clientGone = delivered.then((all) =>
    all ? new Promise<never>(() => undefined) : scheduler.wait(0),
  );
  const gather = () => Promise.race([scheduler.wait(GATHER_MS), delivered]);

  async function run(): Promise<RelayEnding> {
    const reader = forMeter.getReader({ mode: "byob" });
    const decoder = new TextDecoder();
    let last = "";
    try {
      await gather();
      for (;;) {
        const reading = reader.read(new Uint8Array(READ_BYTES_MAX));
        if ((await Promise.race([reading, clientGone])) === undefined) {
          const rest = await Promise.race([reading, scheduler.wait(LAST_READ_MS)]);
          transcript.add(withoutLastFrame(last + decoder.decode(rest?.value)));
          reader.cancel().catch(() => undefined);
          return "client_gone";
        }
        const read = await reading;
        transcript.add(last);
        if (read.done) return endingOf(transcript);
        last = decoder.decode(read.value, { stream: true });
        onActivity();
        // A full read means that more is waiting.
        if (read.value.length < READ_BYTES_MAX) await gather();
      }
    } catch {
      transcript.add(last);
      return "upstream_failed";
    }
  }
  const ended = run();
  // A client that reads no more would keep the pipe, and must not keep the chat.
  void Promise.all([ended, delivered]).then(([ending]) =>
    closeStream(client.writable.getWriter(), ending, context),
  );
  return { stream: client.readable, ended };
}
