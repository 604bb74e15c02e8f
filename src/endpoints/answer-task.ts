import { costWithinHold, type RelayEnding, type StoredResponse } from "../account/index.ts";
import {
  type ActiveChat,
  isObject,
  type MeasuredUsage,
  type PaidAnswer,
  servedHeaders,
  withoutVendorPrices,
} from "../chat/index.ts";
import { toCredits } from "../units.ts";
import type { TaskReply } from "./read-task-reply.ts";
import type { Json, TaskRequest } from "./task.ts";

/** A task under its hold. */
export interface ActiveTask
  extends Pick<ActiveChat, "hold" | "timing" | "generationId" | "served" | "costs"> {
  readonly request: TaskRequest;
}

/** Settles a task's hold, once. */
export type SettleTask = (
  ending: RelayEnding,
  measured: MeasuredUsage | null,
  response?: StoredResponse | null,
) => Promise<void>;

/** An answer, and the settlement that follows it. */
export interface TaskRun {
  readonly answer: PaidAnswer;
  readonly settled: Promise<void> | null;
  readonly upstreamCalled: boolean;
}

/** Returns a reply as its client sees it: with the name of its model here, its cost and its id. */
function showReply(json: Json, task: ActiveTask, cost: number): Json {
  const { request, served, generationId } = task;
  const shown = Object.entries(json).filter(
    ([name]) => served.isShown || request.shownFields.includes(name),
  );
  const { usage, model } = json;
  return {
    ...Object.fromEntries(shown),
    ...(typeof model === "string" ? { model: request.model } : {}),
    ...(isObject(usage)
      ? { usage: { ...withoutVendorPrices(usage), cost, generation_id: generationId } }
      : {}),
  };
}

/** Writes a reply that was read, with its cost. */
function writeReply(task: ActiveTask, json: Json, { usage }: MeasuredUsage): StoredResponse {
  const { availableMicrocredits, terms } = task.hold;
  const charged = costWithinHold(terms, usage);
  const cost = toCredits(charged);
  const shown = showReply(json, task, cost);
  const { body, contentType } = task.request.write?.(shown) ?? {
    body: JSON.stringify(shown),
    contentType: "application/json",
  };
  // The hold goes back to the balance, but for the cost.
  const headers = {
    "content-type": contentType,
    "x-farebox-cost": String(cost),
    ...servedHeaders(task, toCredits(availableMicrocredits + terms.amountMicrocredits - charged)),
  };
  return { status: 200, headers, body };
}

/** Answers a task by its reply, and settles when it is over. */
export function answerTask(task: ActiveTask, reply: TaskReply, settle: SettleTask): TaskRun {
  const { hold } = task;
  if (reply.kind === "whole") {
    const response = writeReply(task, reply.json, reply.measured);
    const kept = hold.terms.idempotencyKey === null ? null : response;
    return {
      answer: { kind: "whole", response },
      settled: settle("complete", reply.measured, kept),
      upstreamCalled: true,
    };
  }
  const headers = {
    "content-type": reply.contentType,
    ...servedHeaders(task, toCredits(hold.availableMicrocredits)),
  };
  return {
    answer: { kind: "stream", headers, stream: reply.stream },
    settled: reply.ended.then(({ ending, measured }) => settle(ending, measured)),
    upstreamCalled: true,
  };
}
