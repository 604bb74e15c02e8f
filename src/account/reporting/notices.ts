import { sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { batchAll, database } from "../../db.ts";
import { METERS } from "../../meters.ts";
import { allowanceUsage } from "../ledger/allowances.ts";
import { type AccountState, postedBalance } from "../ledger/state.ts";
import type { Entitlement, NewKeyPlace } from "../types.ts";
import { accountNotices, type NoticeFact } from "./tables.ts";

/** Something that the user of an account should be told, once for each cause. */
interface Notice {
  /** Names the thing that it is about: one row in D1. */
  readonly subject: string;
  readonly cause: number;
  readonly fact: NoticeFact;
}

/** A balance below the threshold, caused by the entry that brought it there. */
function lowBalance(state: AccountState): Notice | null {
  const { watch } = state;
  if (watch === undefined || watch.crossedNo === null) return null;
  const { thresholdMicrocredits, crossedNo } = watch;
  const fact = {
    kind: "balance_low",
    balanceMicrocredits: postedBalance(state),
    thresholdMicrocredits,
  } as const;
  return { subject: "balance_low", cause: crossedNo, fact };
}

/** Whole messages are used up at 0. Of tokens, less than a hundredth does not pay for a chat. */
const isUsedUp = (meter: string, left: number, limit: number): boolean =>
  meter === "token" ? left * 100 < limit : left <= 0;

/** The windows of the plan's allowances in which nothing is left, each caused by its start. */
function usedUpWindows(state: AccountState, plan: Entitlement, nowMs: number): Notice[] {
  const held = Object.values(state.holds).flatMap((hold) => hold.meters);
  return METERS.flatMap((meter) => {
    const allowance = plan.allowances[meter];
    const limit = allowance?.limit ?? null;
    // A limit on what exists at once has no window that ends, and one of minutes has begun anew.
    if (allowance === undefined || limit === null || limit === 0) return [];
    if (["at_once", "minute", "hour"].includes(allowance.period)) return [];
    const usage = allowanceUsage(state, meter, allowance, plan, nowMs);
    // The share that an open chat reserves may come back.
    const reserved = held
      .filter((share) => share.counter === usage.counter && share.periodStart === usage.periodStart)
      .reduce((sum, share) => sum + share.quantity, 0);
    if (!isUsedUp(meter, usage.left + reserved, limit)) return [];
    const isBilledBeyond = allowance.overage !== undefined;
    const renewsAtMs = usage.resetsAt;
    const fact = { kind: "allowance_used_up", meter, limit, renewsAtMs, isBilledBeyond } as const;
    return [{ subject: `allowance_used_up:${usage.counter}`, cause: usage.periodStart, fact }];
  });
}

const toKeyNotice = ({ keyId, ...facts }: NewKeyPlace): Notice => ({
  subject: `key_new_place:${keyId}`,
  cause: facts.atMs,
  fact: { kind: "key_new_place", ...facts },
});

/** All that notices follow from. */
interface NoticeFacts {
  readonly state: AccountState;
  readonly plan: Entitlement;
  readonly newKeyPlaces: readonly NewKeyPlace[];
}

/**
 * Notices on their way to D1. They follow from the state, so a crash loses none, and nothing is
 * written for them in the object. An object that wakes knows nothing of what was sent and sends
 * everything once more: D1 keeps a cause that it has.
 */
export class NoticeOutbox {
  readonly #sent = new Map<string, number>();
  #shouldLook = false;

  /** Has the alarm look for notices: something was used that no chat's alarm follows. */
  lookSoon(): void {
    this.#shouldLook = true;
  }

  /** Returns whether there may be notices that no alarm is set for. */
  hasUnsent({ watch }: AccountState): boolean {
    const crossedNo = watch?.crossedNo ?? null;
    return this.#shouldLook || (crossedNo !== null && this.#sent.get("balance_low") !== crossedNo);
  }

  /**
   * Sends the unsent notices.
   * @throws when D1 cannot be reached; then all of them are sent the next time
   */
  async send(
    d1: D1Database,
    userId: string,
    { state, plan, newKeyPlaces }: NoticeFacts,
    nowMs: number,
  ): Promise<void> {
    this.#shouldLook = false;
    const low = lowBalance(state);
    const notices = [
      ...(low === null ? [] : [low]),
      ...usedUpWindows(state, plan, nowMs),
      ...newKeyPlaces.map(toKeyNotice),
    ];
    const unsent = notices.filter(({ subject, cause }) => this.#sent.get(subject) !== cause);
    const db = database(d1);
    const upserts: BatchItem<"sqlite">[] = unsent.map(({ subject, cause, fact }) =>
      db
        .insert(accountNotices)
        .values({ userId, subject, cause, fact, notedAt: nowMs, dueAt: nowMs })
        .onConflictDoUpdate({
          target: [accountNotices.userId, accountNotices.subject],
          set: {
            cause: sql`excluded.cause`,
            fact: sql`excluded.fact`,
            notedAt: sql`excluded.noted_at`,
            dueAt: sql`excluded.due_at`,
          },
          setWhere: sql`${accountNotices.cause} < excluded.cause`,
        }),
    );
    await batchAll(db, upserts);
    for (const { subject, cause } of unsent) this.#sent.set(subject, cause);
  }
}
