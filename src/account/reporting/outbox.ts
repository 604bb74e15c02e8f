import { sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { database } from "../../db.ts";
import { HOUR_MS, MINUTE_MS, toUtcDay } from "../../time.ts";
import type { AccountState, DailyUsage } from "../ledger/state.ts";
import { usageDaily } from "./tables.ts";

/** The longest delay of usage on its way to D1. Any number of chats cause one write in it. */
export const ROLLUP_DELAY_MS = 5 * MINUTE_MS;

/** The time after its end in which a clock that is behind may still add to a day. */
const CLOCK_SKEW_MAX_MS = HOUR_MS;

/**
 * Usage on its way to D1. It sends absolute numbers for a day and model, so sending again changes
 * nothing. An object that wakes knows nothing of what was sent and sends everything once more.
 */
export class Outbox {
  readonly #sent = new Map<string, number>();

  /** Lists the usage that was not sent since this object woke. */
  listUnsent(state: AccountState): DailyUsage[] {
    return Object.values(state.daily).filter((usage) => this.#isUnsent(usage));
  }

  /** Returns whether any usage was not sent since this object woke. */
  hasUnsent(state: AccountState): boolean {
    return Object.values(state.daily).some((usage) => this.#isUnsent(usage));
  }

  #isUnsent({ day, model, requests }: DailyUsage): boolean {
    return this.#sent.get(`${day}/${model}`) !== requests;
  }

  /**
   * Sends the unsent usage.
   * @throws when D1 cannot be reached; then all of it is sent the next time
   */
  async send(d1: D1Database, userId: string, state: AccountState): Promise<void> {
    // Copies, because chats go on while D1 answers.
    const unsent = this.listUnsent(state).map((usage) => ({ ...usage }));
    const db = database(d1);
    const upserts: BatchItem<"sqlite">[] = unsent.map((usage) =>
      db
        .insert(usageDaily)
        .values({ userId, ...usage })
        .onConflictDoUpdate({
          target: [usageDaily.userId, usageDaily.day, usageDaily.model],
          set: {
            requests: sql`excluded.requests`,
            inputTokens: sql`excluded.input_tokens`,
            cachedInputTokens: sql`excluded.cached_input_tokens`,
            outputTokens: sql`excluded.output_tokens`,
            microcredits: sql`excluded.microcredits`,
            upstreams: sql`excluded.upstreams`,
          },
        }),
    );
    const [first, ...rest] = upserts;
    if (first === undefined) return;
    await db.batch([first, ...rest]);
    for (const usage of unsent) this.#sent.set(`${usage.day}/${usage.model}`, usage.requests);
  }

  /**
   * Lists the daily usage that is over and that D1 has, by its keys in the state: nothing can be
   * added to it any more.
   */
  listSentPastDays(state: AccountState, nowMs: number): string[] {
    const today = toUtcDay(nowMs - CLOCK_SKEW_MAX_MS);
    return Object.entries(state.daily)
      .filter(([, usage]) => usage.day < today && !this.#isUnsent(usage))
      .map(([key]) => key);
  }

  /** Forgets that this daily usage was sent, once the state does not have it any more. */
  forgetSent(keys: readonly string[]): void {
    for (const key of keys) this.#sent.delete(key);
  }
}
