import { toIso, toIsoOrNull } from "../../time.ts";
import type { InboxEvent } from "./inbox.ts";
import type { ReconcileResult } from "./reconcile.ts";
import type { ReplayResult } from "./replay-event.ts";
import type { RetryResult } from "./retry-events.ts";
import type { EventView, ReconcileResultView, ReplayResultView } from "./wire.ts";

/** Shows an event of the inbox. */
export const showEvent = (event: InboxEvent): EventView => ({
  id: event.id,
  type: event.type,
  livemode: event.livemode,
  objectId: event.objectId,
  apiVersion: event.apiVersion,
  status: event.status,
  attempts: event.attempts,
  lastError: event.lastError,
  receivedAt: toIso(event.receivedAt),
  processedAt: toIsoOrNull(event.processedAt),
  nextTryAt: toIsoOrNull(event.nextTryAt),
});

/** Shows the result of a replay. */
export const showReplayResult = ({ outcome, error, event }: ReplayResult): ReplayResultView => ({
  outcome,
  error,
  event: showEvent(event),
});

/** Shows the result of a reconciliation, and of the retries before it. */
export const showReconcileResult = (
  { fromMs, reachedMs, missed, ...rest }: ReconcileResult,
  { tried, settled }: RetryResult,
): ReconcileResultView => ({
  from: toIso(fromMs),
  reached: toIso(reachedMs),
  ...rest,
  missed: [...missed],
  retried: { tried, settled },
});
