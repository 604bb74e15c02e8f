import type { Ending, IdempotentRequest, RateLimit, StoredResponse } from "../account/index.ts";
import type { Caller } from "../auth/index.ts";
import { findModel } from "../catalog/index.ts";
import type { Config } from "../config.ts";
import type { Env } from "../env.ts";
import { type Failure, fail, ok, type Result } from "../errors.ts";
import { callUpstream, Deadline, upstreamOf } from "../upstream/index.ts";
import { creditsFor, measureStream, outcomeOf, type Ride, type Timing } from "./answer.ts";
import { answerJson } from "./answer-json.ts";
import { answerStream, type StreamAnswer } from "./answer-stream.ts";
import { holdChat } from "./hold.ts";
import { reportChat, reportRefusal } from "./report.ts";
import { type ChatAsk, upstreamBody } from "./request.ts";
import { type Settlement, settleChat } from "./settle.ts";
import { surchargeIn } from "./surcharge.ts";
import { Transcript } from "./transcript.ts";
import type { Measured } from "./usage.ts";

/**
 * What a chat runs in: bindings, settings, who asks, and the means to finish something after the
 * reply.
 */
export interface ChatContext {
  readonly env: Env;
  readonly config: Config;
  readonly caller: Caller;
  readonly requestId: string;
  /** When the request came, in ms. */
  readonly receivedAt: number;
  readonly idempotency: IdempotentRequest | null;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** How a stream ended, what was served of it, and what that costs (credits). */
export interface Ended {
  readonly ending: Ending;
  readonly measured: Measured | null;
  readonly cost: number;
}

export type ChatAnswer =
  | { readonly kind: "whole"; readonly response: StoredResponse; readonly replayed: boolean }
  | ({ readonly kind: "stream"; readonly ended: Promise<Ended> } & Pick<
      StreamAnswer,
      "headers" | "stream"
    >)
  /** `asked`: whether the upstream was. */
  | {
      readonly kind: "refused";
      readonly failure: Failure;
      readonly rate: RateLimit | null;
      readonly upstreamCalled: boolean;
    };

/** An answer, and what is still to be done about it: the hold is settled once that is over. */
interface Ridden {
  readonly answer: ChatAnswer;
  readonly settled: Promise<void> | null;
}

/**
 * The upstream is given up this long before the hold expires, so that what it said can still be
 * settled.
 */
const SETTLE_MARGIN_MS = 30_000;

const refused = (failure: Failure, rate: RateLimit | null = null): Ridden => ({
  answer: { kind: "refused", failure, rate, upstreamCalled: false },
  settled: null,
});

/** Whether an upstream answered a request for a stream with one. */
const isEventStream = (response: Response): boolean =>
  /^text\/event-stream\b/i.test(response.headers.get("content-type") ?? "");

const notAStream = () =>
  fail("upstream_error", "The model's seller did not stream. Nothing was charged.");

/**
 * One paid chat: hold → ride → settle. Two calls of the account object, no query of D1 while the
 * models are in memory. Every way out of here after the hold settles it once: voided where nothing
 * was served, captured otherwise.
 */
export async function complete(context: ChatContext, ask: ChatAsk): Promise<ChatAnswer> {
  const riding = authorizeAndRide(context, ask);
  // The request is kept alive until the hold is settled, whatever becomes of the client, and when.
  context.waitUntil(
    riding.then(
      ({ settled }) => settled,
      () => undefined,
    ),
  );
  const { answer } = await riding;
  if (answer.kind === "refused" && !answer.upstreamCalled) reportRefusal(context, ask.model, answer.failure);
  return answer;
}

async function authorizeAndRide(context: ChatContext, ask: ChatAsk): Promise<Ridden> {
  const { env, config, caller, receivedAt } = context;
  const identifiedAt = Date.now();
  const model = await findModel(env.DB, ask.model, identifiedAt);
  if (model === undefined)
    return refused({
      code: "model_not_found",
      message: `There is no model "${ask.model}".`,
      param: "model",
    });
  const upstream = upstreamOf(config, model.upstream);
  if (!upstream.ok) return refused(upstream.failure);
  const extra = surchargeIn(ask.body, upstream.value.coveredFields);
  if (extra !== null) {
    const message = `${extra}: costs more than this model's price covers. Leave it out.`;
    return refused({ code: "invalid_request", message, param: extra });
  }

  const authorized = await holdChat(env, config, caller, ask, model, context.idempotency);
  if (!authorized.ok) return refused(authorized.failure);
  const held = authorized.value;
  if (held.kind === "refused") return refused(held.failure, held.rate);
  if (held.kind === "replay")
    return { answer: { kind: "whole", response: held.response, replayed: true }, settled: null };

  const timing: Timing = { receivedAt, identifiedAt, authorizedAt: Date.now(), answeredAt: null };
  const ride: Ride = { ask, held, wantedMaxTokens: ask.maxTokens ?? model.maxOutputTokens, timing };
  const deadline = new Deadline(
    config.UPSTREAM_TIMEOUT_SECONDS * 1000,
    config.HOLD_TTL_SECONDS * 1000 - SETTLE_MARGIN_MS,
  );
  const settle = async (ending: Omit<Settlement, "holdNo">): Promise<void> => {
    deadline.over();
    const settlement = { holdNo: held.holdNo, ...ending };
    reportChat(context, ride, settlement, await settleChat(env, caller.userId, settlement));
  };
  const nothingServed = () =>
    settle({ outcome: outcomeOf(ride, "upstream_failed", null), response: null });

  try {
    const body = upstreamBody(
      ask,
      model.upstreamModel,
      held.terms.maxTokens,
      upstream.value.maxTokensField,
    );
    const reply = await callUpstream(upstream.value, body, deadline);
    timing.answeredAt = Date.now();
    const ridden = reply.ok ? await read(ride, reply.value, deadline, settle) : reply;
    if (ridden.ok) return ridden.value;
    const { failure } = ridden;
    return {
      answer: { kind: "refused", failure, rate: held.rate, upstreamCalled: true },
      settled: nothingServed(),
    };
  } catch (error) {
    context.waitUntil(nothingServed());
    throw error;
  }
}

/**
 * Reads the upstream's reply, whole or as a stream, and settles when it is over. A failure is left
 * to the caller to settle.
 */
async function read(
  ride: Ride,
  reply: Response,
  deadline: Deadline,
  settle: (settlement: Omit<Settlement, "holdNo">) => Promise<void>,
): Promise<Result<Ridden>> {
  const keep = ride.held.terms.idempotencyKey !== null;
  if (!ride.ask.stream) {
    const answer = await answerJson(ride, reply, deadline);
    if (!answer.ok) return answer;
    const { measured, response } = answer.value;
    const settled = settle({
      outcome: outcomeOf(ride, "complete", measured),
      response: keep ? response : null,
    });
    return ok({ answer: { kind: "whole", response, replayed: false }, settled });
  }
  if (reply.body === null || !isEventStream(reply)) {
    await reply.body?.cancel();
    return notAStream();
  }
  const transcript = new Transcript(keep);
  const { headers, stream, ended } = answerStream(ride, reply.body, {
    transcript,
    heard: () => deadline.heard(),
    signal: deadline.signal,
  });
  const told = ended.then((ending): Ended => {
    const measured = measureStream(ride, transcript);
    return { ending, measured, cost: creditsFor(ride, measured) };
  });
  const settled = told.then(({ ending, measured }) => {
    const { whole } = transcript;
    // A stream that the upstream broke off is no answer to give again: asked again it is asked
    // anew.
    const kept = whole !== null && measured !== null && ending !== "upstream_failed";
    return settle({
      outcome: outcomeOf(ride, ending, measured),
      response: kept ? { status: 200, headers, body: whole } : null,
    });
  });
  return ok({ answer: { kind: "stream", headers, stream, ended: told }, settled });
}
