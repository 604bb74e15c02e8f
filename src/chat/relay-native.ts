import type { RelayEnding } from "../account/index.ts";
import { closeStream, endingOf, ReadOn, type RelayContext } from "./relay.ts";

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

/**
 * Relays the rest of a stream byte for byte without JavaScript in between, and keeps a copy to
 * meter by. Resolves with the ending when the transcript is complete, and never rejects.
 *
 * A native tee: one branch is piped to the client, the other is read now and then, and at once when
 * the client's has ended. A failed read means that the upstream broke off, a failed pipe that the
 * client left, which the runtime notices at a later write.
 * @param decoder the one that decoded what came before, which may have ended within a character
 */
export async function relayNative(
  upstream: ReadableStream<Uint8Array>,
  client: WritableStream<Uint8Array>,
  decoder: TextDecoder,
  context: RelayContext,
): Promise<RelayEnding> {
  const { transcript, onActivity } = context;
  const [forClient, forMeter] = upstream.tee();
  const delivered = forClient.pipeTo(client, { preventClose: true, preventAbort: true }).then(
    () => true,
    () => false,
  );
  const readOn = new ReadOn();
  // A turn later: when the upstream breaks off the pipe breaks too, and then the read has to decide
  // the ending.
  void delivered
    .then((all) => (all ? undefined : scheduler.wait(0).then(() => readOn.clientLeft(context))))
    .catch(() => undefined);
  const gather = () => Promise.race([scheduler.wait(GATHER_MS), delivered]);

  async function meter(): Promise<RelayEnding> {
    const reader = forMeter.getReader({ mode: "byob" });
    try {
      await gather();
      for (;;) {
        const read = await readOn.orOver(reader.read(new Uint8Array(READ_BYTES_MAX)));
        if (read === null) break;
        if (read.done) return readOn.hasClientLeft ? "client_gone" : endingOf(transcript);
        transcript.add(decoder.decode(read.value, { stream: true }));
        onActivity();
        // A full read means that more is waiting.
        if (read.value.length < READ_BYTES_MAX) await gather();
      }
      reader.cancel().catch(() => undefined);
      return "client_gone";
    } catch {
      return readOn.hasClientLeft ? "client_gone" : "upstream_failed";
    }
  }
  const ending = await meter();
  // A client that reads no more would keep the pipe, and must not keep the chat.
  void delivered.then(() => closeStream(client.getWriter(), ending, context));
  return ending;
}
