import { z } from "zod";
import { count, named, time } from "../../http/answer-fields.ts";
import { EVENT_STATUSES } from "../tables.ts";

const text = z.string().nullable();

/** An event of the inbox. */
export const eventView = named("Event", {
  id: z.string(),
  type: z.string(),
  livemode: z.boolean(),
  objectId: text,
  apiVersion: text,
  status: z.enum(EVENT_STATUSES),
  attempts: count,
  lastError: text,
  receivedAt: time,
  processedAt: time.nullable(),
  nextTryAt: time.nullable(),
});
export type EventView = z.infer<typeof eventView>;

/** The result of a replay. */
export const replayResultView = named("Replay", {
  outcome: z.enum(["processed", "ignored", "failed"]),
  error: text,
  event: eventView,
});
export type ReplayResultView = z.infer<typeof replayResultView>;

/** The result of a reconciliation, with the retries that an admin's run begins with. */
export const reconcileResultView = named("Reconciled", {
  from: time,
  reached: time,
  isComplete: z.boolean(),
  listed: count,
  missed: z.array(
    z.strictObject({ id: z.string(), type: z.string(), objectId: text, outcome: z.string() }),
  ),
  hasGap: z.boolean(),
  retried: z.strictObject({ tried: count, settled: count }),
});
export type ReconcileResultView = z.infer<typeof reconcileResultView>;

/** The receipt for an event: everything that follows from it is written. */
export const webhookReceivedView = z.strictObject({ received: z.literal(true) });
