import type { RateLimit } from "../account/index.ts";
import { findModel } from "../catalog/index.ts";
import type { Failure } from "../errors.ts";
import { SECOND_MS } from "../time.ts";
import { callUpstream, Deadline, resolveUpstream } from "../upstream/index.ts";
import { toOutcome } from "./answer.ts";
import { authorizeHold } from "./authorize-hold.ts";
import { findRefusedField } from "./check-fields.ts";
import { mayReason } from "./may-reason.ts";
import { type ChatRun, readReply } from "./read-reply.ts";
import { reportChat, reportRefusal } from "./report-chat.ts";
import { buildUpstreamBody, type ChatRequest } from "./request.ts";
import { settleHold } from "./settle-hold.ts";
import type { ActiveChat, ChatAnswer, ChatContext, Settlement, Timing } from "./types.ts";

/**
 * The upstream is aborted this long before the hold expires, so that its reply can still be
 * settled.
 */
const SETTLE_MARGIN_MS = 30_000;

const toRefusal = (failure: Failure, rate: RateLimit | null = null): ChatRun => ({
  answer: { kind: "refused", failure, rate, upstreamCalled: false },
  settled: null,
});

/** Returns whether a vendor refuses `stream_options`, which its caller did not send. */
const refusesStreamOptions = ({ body, stream }: ChatRequest, { code, message, param }: Failure) =>
  stream &&
  (body.stream_options ?? null) === null &&
  code === "invalid_request" &&
  /stream_options|include_usage/.test(`${param} ${message}`);

/**
 * Completes one paid chat: hold, call, settle. It takes two calls of the account object, and no
 * query of D1 while the models are in memory. Every way out of here after the hold settles it once:
 * voided where the vendor was not reached or refused, captured otherwise.
 */
export async function completeChat(
  context: ChatContext,
  request: ChatRequest,
): Promise<ChatAnswer> {
  const pendingRun = authorizeAndRun(context, request);
  // The request is kept alive until the hold is settled, whether or not the client stays.
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
  const { env, db, config, caller, nowMs: receivedAt } = context;
  const identifiedAt = Date.now();
  const model = await findModel(db, request.model, identifiedAt);
  if (model === undefined)
    return toRefusal({
      code: "model_not_found",
      message: `There is no model "${request.model}".`,
      param: "model",
    });
  const upstream = resolveUpstream(config, model.upstream);
  if (!upstream.ok) return toRefusal(upstream.failure);
  const refusedField = findRefusedField(request.body, upstream.value);
  if (refusedField !== null) return toRefusal(refusedField);

  const authorized = await authorizeHold(context, request, model, upstream.value);
  if (!authorized.ok) return toRefusal(authorized.failure);
  const hold = authorized.value;
  if (hold.kind === "refused") return toRefusal(hold.failure, hold.rate);
  if (hold.kind === "replay")
    return { answer: { kind: "replayed", response: hold.response }, settled: null };

  const timing: Timing = { receivedAt, identifiedAt, authorizedAt: Date.now(), answeredAt: null };
  const chat: ActiveChat = {
    request,
    hold,
    requestedMaxTokens: request.maxTokens ?? model.maxOutputTokens,
    mayReason: mayReason(request, model),
    timing,
  };
  const deadline = new Deadline(
    config.UPSTREAM_TIMEOUT_SECONDS * SECOND_MS,
    config.HOLD_TTL_SECONDS * SECOND_MS - SETTLE_MARGIN_MS,
  );
  const settle = async (ending: Omit<Settlement, "holdNo">): Promise<void> => {
    deadline.clear();
    const settlement = { holdNo: hold.holdNo, ...ending };
    reportChat(context, chat, settlement, await settleHold(env, caller.userId, settlement));
  };
  const settleUnserved = () =>
    settle({ outcome: toOutcome(chat, "upstream_failed", null), response: null });

  try {
    const call = (asked: ChatRequest) =>
      callUpstream(
        upstream.value,
        buildUpstreamBody(asked, model.upstreamModel, hold.terms.maxTokens, upstream.value),
        deadline,
      );
    let reply = await call(request);
    if (!reply.ok && refusesStreamOptions(request, reply.failure))
      reply = await call({ ...request, asksForUsage: false });
    request.payloads.release();
    timing.answeredAt = Date.now();
    const run = reply.ok
      ? await readReply(chat, reply.value, upstream.value, deadline, settle, context.readOnMs)
      : reply;
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
