import type { InboxEvent } from "./inbox.ts";
import type { ReconcileResult } from "./reconcile.ts";
import type { ReplayResult } from "./replay-event.ts";

const time = (ms: number): string => new Date(ms).toISOString();
const timeOrNull = (ms: number | null): string | null => (ms === null ? null : time(ms));

/** An event of the inbox as the wire shows it. */
export const showEvent = (event: InboxEvent) => ({
  id: event.id,
  type: event.type,
  livemode: event.livemode,
  objectId: event.objectId,
  apiVersion: event.apiVersion,
  status: event.status,
  attempts: event.attempts,
  lastError: event.lastError,
  receivedAt: time(event.receivedAt),
  processedAt: timeOrNull(event.processedAt),
  nextTryAt: timeOrNull(event.nextTryAt),
});

/** What a replay came to. */
export const showReplayResult = ({ outcome, error, event }: ReplayResult) => ({
  outcome,
  error,
  event: showEvent(event),
});

/** What a run of the reconciliation did. */
export const showReconcileResult = ({ fromMs, reachedMs, ...rest }: ReconcileResult) => ({
  from: time(fromMs),
  reached: time(reachedMs),
  ...rest,
});
