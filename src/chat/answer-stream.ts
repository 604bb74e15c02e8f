import { toCredits } from "../units.ts";
import { creditsFor, fareHeaders, measureRide, type Ride } from "./answer.ts";
import type { Frame } from "./frames.ts";
import type { Relay, RelayContext } from "./relay.ts";
import { relayEdited } from "./relay-edited.ts";
import { relayNative } from "./relay-native.ts";

/** A reply that is on its way to the client. */
export interface StreamAnswer extends Relay {
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Begins to relay an upstream's stream. Its bytes are only looked at where the wire's promises need
 * it: to keep the usage chunk from a client that did not ask for it, and to add the cost for one
 * that did.
 */
export function answerStream(
  ride: Ride,
  upstream: ReadableStream<Uint8Array>,
  context: RelayContext,
): StreamAnswer {
  const { wantsUsage, wantsCost } = ride.ask;
  const { transcript } = context;
  const hide = ({ usage, usageOnly }: Frame): null => {
    // What is not kept back is in the transcript once it was sent.
    if (usageOnly) transcript.tell(usage);
    return null;
  };
  const price = ({ usage, text }: Frame): number => {
    const said = {
      get text() {
        return transcript.text + text;
      },
    };
    return creditsFor(ride, measureRide(ride, usage, said));
  };
  const looked = wantsCost || !wantsUsage;
  const relay = looked
    ? relayEdited(upstream, context, wantsCost ? price : hide)
    : relayNative(upstream, context);
  const headers = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    ...fareHeaders(ride, toCredits(ride.held.availableMicrocredits)),
  };
  return { headers, ...relay };
}
