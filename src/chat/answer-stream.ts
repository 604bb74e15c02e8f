import { toCredits } from "../units.ts";
import type { Deadline } from "../upstream/index.ts";
import { creditsFor, fareHeaders, measureRide, type Ride } from "./answer.ts";
import { type Relayed, relay } from "./relay.ts";

/** A reply that is on its way to the client. */
export interface StreamAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReadableStream<Uint8Array>;
}

/** Begins to relay an upstream's stream. `ended` is called once, however it ends. */
export function answerStream(
  ride: Ride,
  upstream: ReadableStream<Uint8Array>,
  deadline: Deadline,
  ended: (relayed: Relayed) => void,
): StreamAnswer {
  const { wantsUsage, wantsCost } = ride.ask;
  deadline.streaming();
  const body = relay(upstream, {
    usageChunk: wantsCost ? "price" : wantsUsage ? "pass" : "hide",
    costOf: (usage, text) => creditsFor(ride, measureRide(ride, usage, text)),
    heard: () => deadline.heard(),
    keep: ride.held.terms.idempotencyKey !== null,
    clientGone: deadline.clientGone,
    givenUp: deadline.signal,
    ended,
  });
  const headers = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    ...fareHeaders(ride, toCredits(ride.held.availableMicrocredits)),
  };
  return { headers, body };
}
