import type { RateLimit } from "../account/index.ts";
import {
  findModel,
  type ModelPricing,
  pricesOf,
  requireKind,
  upstreamPricesOf,
} from "../catalog/index.ts";
import {
  type Attempt,
  askInTurn,
  type Candidate,
  type ChatContext,
  hideInFailure,
  lastMomentOf,
  newGenerationId,
  noteEnding,
  type PaidAnswer,
  reportChat,
  reportRefusal,
  requestHold,
  resolveCandidates,
  settleHold,
  toOutcome,
} from "../chat/index.ts";
import { type Failure, fail, type Result } from "../errors.ts";
import { SECOND_MS } from "../time.ts";
import { callUpstream, Deadline } from "../upstream/index.ts";
import { type ActiveTask, answerTask, type SettleTask, type TaskRun } from "./answer-task.ts";
import { keepKnownFields } from "./check-fields.ts";
import { readTaskReply } from "./read-task-reply.ts";
import type { Json, TaskRequest } from "./task.ts";

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
export async function runTask(context: ChatContext, request: TaskRequest): Promise<PaidAnswer> {
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
  const { config, nowMs: receivedAt, requestId } = context;
  const identifiedAt = Date.now();
  const found = await requireModel(context, request, identifiedAt);
  if (!found.ok) return toRefusal(found.failure);
  const model = found.value;
  const { id } = model;
  /** A failure of an upstream, or of its settings, as the client sees it. */
  const show = (
    failure: Failure,
    { upstream, upstreamModel }: Pick<Candidate, "upstream" | "upstreamModel">,
  ): Failure =>
    config.SHOW_VENDOR
      ? failure
      : hideInFailure(failure, { config, model: { id, upstream, upstreamModel } });
  const resolved = resolveCandidates(
    config,
    model,
    (settings) => keepKnownFields(request.fields, request.known, settings),
    identifiedAt,
    context.random ?? Math.random,
  );
  if (!resolved.ok) {
    const { failure, isOfSettings } = resolved.unserved;
    return toRefusal(isOfSettings ? show(failure, resolved.unserved) : failure);
  }
  const bounds = request.bound(model);
  if (!bounds.ok) return toRefusal(bounds.failure);

  const { unit, ...limits } = bounds.value;
  const authorized = await requestHold(context, {
    model: id,
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

  const task: ActiveTask = {
    request,
    hold,
    timing: { receivedAt, identifiedAt, authorizedAt: Date.now(), answeredAt: null },
    generationId: newGenerationId(hold.holdNo, identifiedAt),
    served: { upstream: null, tried: 0, isShown: config.SHOW_VENDOR },
    costs: upstreamPricesOf(model, unit),
  };
  const settle = settlerOf({ ...context, caller }, task);
  const refuseUnserved = (failure: Failure): TaskRun => ({
    answer: { kind: "refused", failure, rate: hold.rate },
    settled: settle("upstream_failed", null),
    upstreamCalled: true,
  });
  // An object of an earlier version, during a deployment, holds nothing for units.
  if (limits.maxUnits !== undefined && hold.terms.maxUnits !== limits.maxUnits)
    return refuseUnserved(UNREACHABLE);
  try {
    const endsAt = lastMomentOf(config, task.timing.authorizedAt);
    const timeoutMs = config.UPSTREAM_TIMEOUT_SECONDS * SECOND_MS;
    const asked = await askInTurn(
      resolved.candidates,
      { served: task.served, endsAt, hasNextModel: false, requestId },
      (candidate) => askCandidate(task, candidate, { timeoutMs, endsAt }, settle),
    );
    return asked.ok ? asked.value : refuseUnserved(show(asked.failure, asked.candidate));
  } catch (error) {
    context.waitUntil(settle("upstream_failed", null));
    throw error;
  }
}

/** Asks one upstream, and begins to answer with its reply. */
async function askCandidate(
  task: ActiveTask,
  candidate: Candidate<Json>,
  { timeoutMs, endsAt }: { readonly timeoutMs: number; readonly endsAt: number },
  settle: SettleTask,
): Promise<Attempt<TaskRun>> {
  const { request, hold, timing } = task;
  const { settings, prepared } = candidate;
  const deadline = new Deadline(timeoutMs, Math.max(0, endsAt - Date.now()));
  const body = request.build(prepared, candidate, hold.terms);
  const reply = await callUpstream(settings, body, deadline, request.endpoint);
  timing.answeredAt = Date.now();
  const read = reply.ok
    ? await readTaskReply(request, hold.terms, reply.value, settings, deadline)
    : reply;
  if (!read.ok) {
    deadline.clear();
    return read;
  }
  const settleReply: SettleTask = (ending, measured, response) => {
    deadline.clear();
    noteEnding(candidate, ending, Date.now());
    return settle(ending, measured, response);
  };
  return { ok: true, value: answerTask(task, read.value, settleReply) };
}

/** Returns what settles a task's hold, and reports it. */
const settlerOf =
  (context: ChatContext, task: ActiveTask): SettleTask =>
  async (ending, measured, response = null) => {
    const { request, hold, timing, served } = task;
    const outcome = toOutcome({ ...task, request: { stream: false } }, ending, measured);
    const settlement = { holdNo: hold.holdNo, outcome, response };
    const reported = { request: { model: request.model, stream: false }, hold, timing, served };
    const { env, caller } = context;
    reportChat(context, reported, settlement, await settleHold(env, caller.userId, settlement));
  };
