import { sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { database } from "../../db.ts";
import type { AccountState, DailyUsage } from "../ledger/state.ts";
import { usageDaily } from "./tables.ts";

/** How long usage may wait before D1 hears of it. One write in five minutes, however many chats. */
export const ROLLUP_DELAY_MS = 5 * 60_000;

/** How long after its end a day may still be added to, by a clock that is behind. */
const CLOCK_SKEW_MAX_MS = 60 * 60_000;

const toUtcDay = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/**
 * Usage on its way to D1. What is sent are absolute numbers for a day and model, so sending again
 * changes nothing, and whatever was lost in memory is simply sent once more.
 */
export class Outbox {
  readonly #sent = new Map<string, number>();

  /** What D1 has not heard of since this object woke. */
  listUnsent(state: AccountState): DailyUsage[] {
    return Object.values(state.daily).filter((usage) => this.#isUnsent(usage));
  }

  /** Whether there is anything that D1 has not heard of. */
  hasUnsent(state: AccountState): boolean {
    return Object.values(state.daily).some((usage) => this.#isUnsent(usage));
  }

  #isUnsent({ day, model, requests }: DailyUsage): boolean {
    return this.#sent.get(`${day}/${model}`) !== requests;
  }

  /**
   * Sends what is unsent. Throws when D1 cannot be reached; then all of it is sent the next time.
   */
  async send(d1: D1Database, userId: string, state: AccountState): Promise<void> {
    // A copy, because chats go on while D1 answers.
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
