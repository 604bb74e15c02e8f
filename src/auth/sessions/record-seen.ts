import { and, eq, lte, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { formatError } from "../../db.ts";
import { log } from "../../log.ts";
import { HOUR_MS } from "../../time.ts";
import { sessions } from "../tables.ts";

/** The time for which a session counts as seen just now. Within it nothing is written. */
const SEEN_FOR_MS = HOUR_MS;

/** The time at which a session was used last, to the hour: by a request, or by a refresh. */
export const lastSeenAt = sql<number>`
  max(${sessions.refreshedAt}, coalesce(${sessions.lastSeenAt}, 0))`;

/**
 * Records that a session was used, if that was not recorded within the hour. Of many requests at
 * once one writes.
 */
async function recordSeen(
  { db, nowMs }: Pick<Context, "db" | "nowMs">,
  sessionId: string,
): Promise<void> {
  try {
    await db
      .update(sessions)
      .set({ lastSeenAt: nowMs })
      .where(and(eq(sessions.id, sessionId), lte(lastSeenAt, nowMs - SEEN_FOR_MS)));
  } catch (error) {
    // Nothing but the time that the user is shown depends on it.
    log.warn("session.seen_failed", { sessionId, error: formatError(error) });
  }
}

/**
 * The same after the answer, of a session that was just read, and only where it is due.
 * @param c the request, whose `waitUntil` is asked for only then
 */
export function recordSeenSoon(
  ctx: Pick<Context, "db" | "nowMs">,
  session: { readonly id: string; readonly lastSeenAt: number },
  c: { readonly executionCtx: { readonly waitUntil: (work: Promise<unknown>) => void } },
): void {
  if (session.lastSeenAt > ctx.nowMs - SEEN_FOR_MS) return;
  c.executionCtx.waitUntil(recordSeen(ctx, session.id));
}
