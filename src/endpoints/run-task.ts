import type { RateLimit } from "../account/index.ts";
import { findModel, type ModelPricing, pricesOf, requireKind } from "../catalog/index.ts";
import {
  type ChatContext,
  hideInFailure,
  newGenerationId,
  reportChat,
  reportRefusal,
  requestHold,
  settleHold,
  type Timing,
  toServedBy,
} from "../chat/index.ts";
import { type Failure, fail, type Result } from "../errors.ts";
import { SECOND_MS } from "../time.ts";
import { callUpstream, Deadline, resolveUpstream } from "../upstream/index.ts";
import {
  type ActiveTask,
  answerTask,
  type SettleTask,
  type TaskAnswer,
  type TaskRun,
} from "./answer-task.ts";
import { keepKnownFields } from "./check-fields.ts";
import { readTaskReply } from "./read-task-reply.ts";
import type { TaskRequest } from "./task.ts";

/** The upstream is aborted this long before the hold expires, so that it can still be settled. */
const SETTLE_MARGIN_MS = 30_000;

const UNREACHABLE: Failure = {
  code: "billing_unavailable",
  message: "We can't reach your account right now. You weren't charged; try again.",
};

const toRefusal = (failure: Failure, rate: RateLimit | null = null): TaskRun => ({
  answer: { kind: "refused", failure, rate },
  settled: null,
  upstreamCalled: false,
});

/**
 * Runs one paid task: hold, call, settle, as a chat does. Every way out of here after the hold
 * settles it once: voided where the vendor was not reached or refused, captured otherwise.
 */
export async function runTask(context: ChatContext, request: TaskRequest): Promise<TaskAnswer> {
  const pendingRun = authorizeAndRun(context, request);
  // The request is kept alive until the hold is settled, whether or not the client stays.
  context.waitUntil(
    pendingRun.then(
      ({ settled }) => settled,
      () => undefined,
    ),
  );
  const { answer, upstreamCalled } = await pendingRun;
  if (answer.kind === "refused" && !upstreamCalled)
    reportRefusal(context, request.model, answer.failure);
  return answer;
}

/** Finds the model of a task, and requires that it is one for it. */
async function requireModel(
  { db }: ChatContext,
  { model: id, task }: TaskRequest,
  nowMs: number,
): Promise<Result<ModelPricing>> {
  const model = await findModel(db, id, nowMs);
  return model === undefined
    ? fail("model_not_found", `There is no model "${id}".`, { param: "model" })
    : requireKind(model, task);
}

async function authorizeAndRun(context: ChatContext, request: TaskRequest): Promise<TaskRun> {
  const { config, nowMs: receivedAt } = context;
  const identifiedAt = Date.now();
  const found = await requireModel(context, request, identifiedAt);
  if (!found.ok) return toRefusal(found.failure);
  const model = found.value;
  /** A failure of the upstream, or of its settings, as the client sees it. */
  const show = (failure: Failure): Failure =>
    config.SHOW_VENDOR ? failure : hideInFailure(failure, { config, model });
  const upstream = resolveUpstream(config, model.upstream);
  if (!upstream.ok) return toRefusal(show(upstream.failure));
  const fields = keepKnownFields(request.fields, request.known, upstream.value);
  if (!fields.ok) return toRefusal(fields.failure);
  const bounds = request.bound(model);
  if (!bounds.ok) return toRefusal(bounds.failure);

  const { unit, ...limits } = bounds.value;
  const authorized = await requestHold(context, {
    model: model.id,
    prices: { ...pricesOf(model), ...(unit === undefined ? {} : { unit }) },
    ...limits,
    task: request.task,
    holdTtlSeconds: config.HOLD_TTL_SECONDS,
  });
  if (!authorized.ok) return toRefusal(authorized.failure);
  const { hold, caller } = authorized.value;
  if (hold.kind === "refused") return toRefusal(hold.failure, hold.rate);
  if (hold.kind === "replay")
    return { ...toRefusal(UNREACHABLE), answer: { kind: "replayed", response: hold.response } };

  const timing: Timing = { receivedAt, identifiedAt, authorizedAt: Date.now(), answeredAt: null };
  const generationId = newGenerationId(hold.holdNo, identifiedAt);
  const task: ActiveTask = {
    request,
    hold,
    timing,
    generationId,
    showsVendor: config.SHOW_VENDOR,
  };
  const deadline = new Deadline(
    config.UPSTREAM_TIMEOUT_SECONDS * SECOND_MS,
    config.HOLD_TTL_SECONDS * SECOND_MS - SETTLE_MARGIN_MS,
  );
  const settle = settlerOf({ ...context, caller }, task, model.upstream, deadline);
  const refuseUnserved = (failure: Failure): TaskRun => ({
    answer: { kind: "refused", failure: show(failure), rate: hold.rate },
    settled: settle("upstream_failed", null),
    upstreamCalled: true,
  });
  // An object of an earlier version, during a deployment, holds nothing for units.
  if (limits.maxUnits !== undefined && hold.terms.maxUnits !== limits.maxUnits)
    return refuseUnserved(UNREACHABLE);
  try {
    const body = request.build(fields.value, model, hold.terms);
    const reply = await callUpstream(upstream.value, body, deadline, request.endpoint);
    timing.answeredAt = Date.now();
    const read = reply.ok
      ? await readTaskReply(request, hold.terms, reply.value, upstream.value, deadline)
      : reply;
    return read.ok ? answerTask(task, read.value, settle) : refuseUnserved(read.failure);
  } catch (error) {
    context.waitUntil(settle("upstream_failed", null));
    throw error;
  }
}

/** Returns what settles a task's hold, and reports it. */
const settlerOf =
  (
    context: ChatContext,
    { request, hold, timing }: ActiveTask,
    upstream: string,
    deadline: Deadline,
  ): SettleTask =>
  async (ending, measured, response = null) => {
    deadline.clear();
    const outcome = {
      ending,
      usage: measured?.usage ?? null,
      estimated: measured?.estimated ?? false,
      latencyMs: Date.now() - timing.identifiedAt,
      served: toServedBy(timing, upstream, false, measured !== null),
    };
    const settlement = { holdNo: hold.holdNo, outcome, response };
    const reported = {
      request: { model: request.model, stream: false },
      hold,
      timing,
      served: { upstream, tried: timing.answeredAt === null ? 0 : 1, isShown: false },
    };
    const { env, caller } = context;
    reportChat(context, reported, settlement, await settleHold(env, caller.userId, settlement));
  };
