import type {
  IdempotentRequest,
  RateLimit,
  RelayEnding,
  StoredResponse,
} from "../account/index.ts";
import type { Caller } from "../auth/index.ts";
import { findModel } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import { type Failure, fail, ok, type Result } from "../errors.ts";
import { callUpstream, Deadline, resolveUpstream } from "../upstream/index.ts";
import { type ActiveChat, costInCredits, measureStream, type Timing, toOutcome } from "./answer.ts";
import { answerJson } from "./answer-json.ts";
import { answerStream, type StreamAnswer } from "./answer-stream.ts";
import { authorizeHold } from "./authorize-hold.ts";
import type { MeasuredUsage } from "./measure-usage.ts";
import { reportChat, reportRefusal } from "./report-chat.ts";
import { buildUpstreamBody, type ChatRequest } from "./request.ts";
import { type Settlement, settleHold } from "./settle-hold.ts";
import { findSurcharge } from "./surcharge.ts";
import { Transcript } from "./transcript.ts";

/** The context of a chat: its caller, and a way to finish something after the reply. */
export interface ChatContext extends Context {
  readonly caller: Caller;
  readonly requestId: string;
  readonly idempotency: IdempotentRequest | null;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** How a stream ended, what was served of it, and what that costs (credits). */
export interface StreamOutcome {
  readonly ending: RelayEnding;
  readonly measured: MeasuredUsage | null;
  readonly cost: number;
}

export type ChatAnswer =
  | { readonly kind: "whole"; readonly response: StoredResponse; readonly replayed: boolean }
  | ({ readonly kind: "stream"; readonly ended: Promise<StreamOutcome> } & Pick<
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
interface ChatRun {
  readonly answer: ChatAnswer;
  readonly settled: Promise<void> | null;
}

/**
 * The upstream is given up this long before the hold expires, so that what it said can still be
 * settled.
 */
const SETTLE_MARGIN_MS = 30_000;

const toRefusal = (failure: Failure, rate: RateLimit | null = null): ChatRun => ({
  answer: { kind: "refused", failure, rate, upstreamCalled: false },
  settled: null,
});

/** Whether an upstream answered a request for a stream with one. */
const isEventStream = (response: Response): boolean =>
  /^text\/event-stream\b/i.test(response.headers.get("content-type") ?? "");

const notEventStream = () =>
  fail("upstream_error", "The model's seller did not stream. Nothing was charged.");

/**
 * One paid chat: hold → ride → settle. Two calls of the account object, no query of D1 while the
 * models are in memory. Every way out of here after the hold settles it once: voided where nothing
 * was served, captured otherwise.
 */
export async function completeChat(
  context: ChatContext,
  request: ChatRequest,
): Promise<ChatAnswer> {
  const pendingRun = authorizeAndRun(context, request);
  // The request is kept alive until the hold is settled, whatever becomes of the client, and when.
  context.waitUntil(
    pendingRun.then(
      ({ settled }) => settled,
      () => undefined,
    ),
  );
  const { answer } = await pendingRun;
  if (answer.kind === "refused" && !answer.upstreamCalled)
    reportRefusal(context, request.model, answer.failure);
  return answer;
}

async function authorizeAndRun(context: ChatContext, request: ChatRequest): Promise<ChatRun> {
  const { env, config, caller, nowMs: receivedAt } = context;
  const identifiedAt = Date.now();
  const model = await findModel(env.DB, request.model, identifiedAt);
  if (model === undefined)
    return toRefusal({
      code: "model_not_found",
      message: `There is no model "${request.model}".`,
      param: "model",
    });
  const upstream = resolveUpstream(config, model.upstream);
  if (!upstream.ok) return toRefusal(upstream.failure);
  const surchargedField = findSurcharge(request.body, upstream.value.coveredFields);
  if (surchargedField !== null) {
    const message = `${surchargedField}: costs more than this model's price covers. Leave it out.`;
    return toRefusal({ code: "invalid_request", message, param: surchargedField });
  }

  const authorized = await authorizeHold(env, config, caller, request, model, context.idempotency);
  if (!authorized.ok) return toRefusal(authorized.failure);
  const hold = authorized.value;
  if (hold.kind === "refused") return toRefusal(hold.failure, hold.rate);
  if (hold.kind === "replay")
    return { answer: { kind: "whole", response: hold.response, replayed: true }, settled: null };

  const timing: Timing = { receivedAt, identifiedAt, authorizedAt: Date.now(), answeredAt: null };
  const chat: ActiveChat = {
    request,
    hold,
    requestedMaxTokens: request.maxTokens ?? model.maxOutputTokens,
    timing,
  };
  const deadline = new Deadline(
    config.UPSTREAM_TIMEOUT_SECONDS * 1000,
    config.HOLD_TTL_SECONDS * 1000 - SETTLE_MARGIN_MS,
  );
  const settle = async (ending: Omit<Settlement, "holdNo">): Promise<void> => {
    deadline.clear();
    const settlement = { holdNo: hold.holdNo, ...ending };
    reportChat(context, chat, settlement, await settleHold(env, caller.userId, settlement));
  };
  const settleUnserved = () =>
    settle({ outcome: toOutcome(chat, "upstream_failed", null), response: null });

  try {
    const body = buildUpstreamBody(
      request,
      model.upstreamModel,
      hold.terms.maxTokens,
      upstream.value.maxTokensField,
    );
    const reply = await callUpstream(upstream.value, body, deadline);
    timing.answeredAt = Date.now();
    const run = reply.ok ? await readReply(chat, reply.value, deadline, settle) : reply;
    if (run.ok) return run.value;
    const { failure } = run;
    return {
      answer: { kind: "refused", failure, rate: hold.rate, upstreamCalled: true },
      settled: settleUnserved(),
    };
  } catch (error) {
    context.waitUntil(settleUnserved());
    throw error;
  }
}

/**
 * Reads the upstream's reply, whole or as a stream, and settles when it is over. A failure is left
 * to the caller to settle.
 */
async function readReply(
  chat: ActiveChat,
  reply: Response,
  deadline: Deadline,
  settle: (settlement: Omit<Settlement, "holdNo">) => Promise<void>,
): Promise<Result<ChatRun>> {
  const keepsResponse = chat.hold.terms.idempotencyKey !== null;
  if (!chat.request.stream) {
    const answer = await answerJson(chat, reply, deadline);
    if (!answer.ok) return answer;
    const { measured, response } = answer.value;
    const settled = settle({
      outcome: toOutcome(chat, "complete", measured),
      response: keepsResponse ? response : null,
    });
    return ok({ answer: { kind: "whole", response, replayed: false }, settled });
  }
  if (reply.body === null || !isEventStream(reply)) {
    await reply.body?.cancel();
    return notEventStream();
  }
  const transcript = new Transcript(keepsResponse);
  const { headers, stream, ended } = answerStream(chat, reply.body, {
    transcript,
    onActivity: () => deadline.touch(),
    signal: deadline.signal,
  });
  const outcome = ended.then((ending): StreamOutcome => {
    const measured = measureStream(chat, transcript);
    return { ending, measured, cost: costInCredits(chat, measured) };
  });
  const settled = outcome.then(({ ending, measured }) => {
    const { whole } = transcript;
    // A stream that the upstream broke off is no answer to give again: asked again it is asked
    // anew.
    const canReplay = whole !== null && measured !== null && ending !== "upstream_failed";
    return settle({
      outcome: toOutcome(chat, ending, measured),
      response: canReplay ? { status: 200, headers, body: whole } : null,
    });
  });
  return ok({ answer: { kind: "stream", headers, stream, ended: outcome }, settled });
}
