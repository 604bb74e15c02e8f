import type { RateLimit } from "../account/index.ts";
import { findModel, type ModelPricing, requireKind, upstreamPricesOf } from "../catalog/index.ts";
import { type Failure, ok, type Result } from "../errors.ts";
import { SECOND_MS } from "../time.ts";
import type { Upstream } from "../upstream/index.ts";
import { newGenerationId, toOutcome } from "./answer.ts";
import { lastMomentOf } from "./ask-in-turn.ts";
import { authorizeHold } from "./authorize-hold.ts";
import { findRefusedField } from "./check-fields.ts";
import { findUntranslatable } from "./dialect-request.ts";
import { hideInFailure } from "./hide-in-failure.ts";
import { toHoldRequest } from "./hold-request.ts";
import { keepContent } from "./keep-content.ts";
import { mayReason } from "./may-reason.ts";
import type { ChatRun, Settle } from "./read-reply.ts";
import { reportChat, reportRefusal } from "./report-chat.ts";
import type { ChatRequest } from "./request.ts";
import { type Candidate, resolveCandidates } from "./resolve-candidates.ts";
import { settleHold } from "./settle-hold.ts";
import { tryCandidates } from "./try-candidates.ts";
import type { ActiveChat, ChatAnswer, ChatContext, Timing } from "./types.ts";

const toRefusal = (failure: Failure, rate: RateLimit | null = null): ChatRun => ({
  answer: { kind: "refused", failure, rate, upstreamCalled: false },
  settled: null,
});

/**
 * Completes one paid chat: hold, call, settle. It takes two calls of the account object, and no
 * query of D1 while the models are in memory. Every way out of here after the hold settles it once:
 * voided where the vendor was not reached or refused, captured otherwise.
 */
export async function completeChat(
  context: ChatContext,
  request: ChatRequest,
): Promise<ChatAnswer> {
  const pendingRun = runInTurn(context, request);
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

const noModel = (name: string, param: string): Failure => ({
  code: "model_not_found",
  message: `There is no model "${name}".`,
  param,
});

/** Finds a fallback of a request that is not sold, or is no chat model. */
async function findUnsold(
  { db }: ChatContext,
  { fallbacks }: ChatRequest,
): Promise<Failure | null> {
  for (const name of fallbacks) {
    const model = await findModel(db, name, Date.now());
    if (model === undefined) return noModel(name, "models");
    const isChat = requireKind(model, "chat");
    if (!isChat.ok) return { ...isChat.failure, param: "models" };
  }
  return null;
}

/** Whether a chat was refused since its model cannot be reached. */
const isUnserved = ({ answer }: ChatRun): boolean =>
  answer.kind === "refused" &&
  (answer.upstreamCalled
    ? answer.failure.code !== "invalid_request"
    : answer.failure.code === "misconfigured");

/**
 * Runs a chat with the models that its client names, one after the other while they are not served.
 * Each has a hold of its own at its own price, which is void before the next is made: so what is
 * held, allowed and charged is what one request for that model alone would be.
 */
async function runInTurn(context: ChatContext, request: ChatRequest): Promise<ChatRun> {
  if (request.fallbacks.length === 0) return await authorizeAndRun(context, request, false);
  const unsold = await findUnsold(context, request);
  if (unsold !== null) return toRefusal(unsold);
  const names = [request.model, ...request.fallbacks];
  let isCounted = context.isCounted ?? false;
  for (const [at, model] of names.entries()) {
    const hasNext = at + 1 < names.length;
    const run = await authorizeAndRun({ ...context, isCounted }, { ...request, model }, hasNext);
    if (!hasNext || !isUnserved(run)) return run;
    await run.settled;
    isCounted ||= run.settled !== null;
  }
  throw new Error("A chat has at least one model.");
}

/** Shows the client a failure of an upstream, or of its settings. */
const show = (
  { config }: ChatContext,
  { id }: ModelPricing,
  failure: Failure,
  { upstream, upstreamModel }: Pick<Candidate, "upstream" | "upstreamModel">,
): Failure =>
  config.SHOW_VENDOR
    ? failure
    : hideInFailure(failure, { config, model: { id, upstream, upstreamModel } });

/** @param hasNext whether another model is asked where this one fails */
async function authorizeAndRun(
  context: ChatContext,
  request: ChatRequest,
  hasNext: boolean,
): Promise<ChatRun> {
  const { env, db, config, nowMs: receivedAt } = context;
  const identifiedAt = Date.now();
  const model = await findModel(db, request.model, identifiedAt);
  if (model === undefined) return toRefusal(noModel(request.model, "model"));
  const isChat = requireKind(model, "chat");
  if (!isChat.ok) return toRefusal(isChat.failure);
  const random = context.random ?? Math.random;
  const { body, hints } = request;
  const checkFields = (settings: Upstream): Result<null> => {
    const failure =
      findRefusedField(body, settings, hints) ?? findUntranslatable(request, settings);
    return failure === null ? ok(null) : { ok: false, failure };
  };
  const resolved = resolveCandidates(config, model, checkFields, identifiedAt, random);
  if (!resolved.ok) {
    const { failure, isOfSettings } = resolved.unserved;
    return toRefusal(isOfSettings ? show(context, model, failure, resolved.unserved) : failure);
  }
  const upstreams = resolved.candidates.map(({ settings }) => settings);
  const held = toHoldRequest(config, request, model, upstreams);
  if (!held.ok) return toRefusal(held.failure);
  const timeoutMs = config.UPSTREAM_TIMEOUT_SECONDS * SECOND_MS;
  const [first, ...others] = resolved.candidates;
  const { answer, asked } = await authorizeHold(context, request, held.value, first, {
    timeoutMs,
    endsAt: lastMomentOf(config, identifiedAt),
    hasNext: hasNext || others.length > 0,
  });
  if (!answer.ok) return toRefusal(answer.failure);
  const { hold, caller } = answer.value;
  if (hold.kind === "refused") return toRefusal(hold.failure, hold.rate);
  if (hold.kind === "replay")
    return { answer: { kind: "replayed", response: hold.response }, settled: null };

  const timing: Timing = { receivedAt, identifiedAt, authorizedAt: Date.now(), answeredAt: null };
  const chat: ActiveChat = {
    request,
    hold,
    generationId: newGenerationId(hold.holdNo, identifiedAt),
    requestedMaxTokens: request.maxTokens ?? model.maxOutputTokens,
    mayReason: mayReason(request, model),
    cover:
      context.isText === true || (config.SHOW_VENDOR && context.isTranslated !== true)
        ? undefined
        : {
            id: `chatcmpl-${context.requestId}`,
            model: request.model,
            created: Math.floor(identifiedAt / SECOND_MS),
            keepsStop: context.isTranslated === true,
          },
    timing,
    served: {
      upstream: null,
      tried: 0,
      isOverlapped: asked !== null,
      isShown: config.SHOW_VENDOR,
    },
    costs: upstreamPricesOf(model),
  };
  const settle: Settle = async (ending, reply) => {
    const settlement = { holdNo: hold.holdNo, ...ending };
    const settled = await settleHold(env, caller.userId, settlement);
    reportChat({ ...context, caller }, chat, settlement, settled);
    await keepContent({ ...context, caller }, chat, ending.outcome, reply);
  };
  const settleUnserved = () =>
    settle({ outcome: toOutcome(chat, "upstream_failed", null), response: null });

  try {
    const surroundings = {
      timeoutMs,
      endsAt: lastMomentOf(config, timing.authorizedAt),
      readOnMs: context.readOnMs,
      hasNextModel: hasNext,
      settle,
    };
    const tried = await tryCandidates(
      chat,
      resolved.candidates,
      surroundings,
      context.requestId,
      asked,
    );
    if (tried.ok) return tried.value;
    const failure = show(context, model, tried.failure, tried.candidate);
    return {
      answer: { kind: "refused", failure, rate: hold.rate, upstreamCalled: true },
      settled: settleUnserved(),
    };
  } catch (error) {
    context.waitUntil(settleUnserved());
    throw error;
  }
}
