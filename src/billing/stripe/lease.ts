import { and, eq, lte, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { MINUTE_MS, SECOND_MS } from "../../time.ts";
import { stripeLeases } from "../tables.ts";

/** The time after which a lease that was not given back is free: its holder has crashed. */
const LEASE_MS = 30 * SECOND_MS;
/** A holder that seems to have crashed may be slow instead, and still write for as long as this. */
const SLOW_HOLDER_MS = 15 * MINUTE_MS;
/** The waits for a lease that is held: longer in all than one look at Stripe takes. */
const WAITS_MS = [50, 100, 200, 400, 800] as const;

/** A lease, as it was taken. */
interface Lease {
  readonly key: string;
  readonly holder: string;
  /** Whether another holder may still be at work. */
  readonly isShared: boolean;
}

/**
 * Takes a lease that is free, or was held by this holder already.
 * @param isForced takes it in any case
 */
async function takeLease(
  { db, nowMs }: Context,
  { key, holder }: Pick<Lease, "key" | "holder">,
  isForced: boolean,
): Promise<Lease | undefined> {
  const isFree = sql`${stripeLeases.holder} is null or ${stripeLeases.holder} = ${holder}
    or ${stripeLeases.heldUntil} <= ${nowMs}`;
  const sharedUntil = sql<number>`case when ${stripeLeases.holder} is null
    then ${stripeLeases.sharedUntil} else ${nowMs + SLOW_HOLDER_MS} end`;
  const heldUntil = nowMs + LEASE_MS;
  const [row] = await db
    .insert(stripeLeases)
    .values({ key, holder, heldUntil, sharedUntil: 0 })
    .onConflictDoUpdate({
      target: stripeLeases.key,
      set: { holder, heldUntil, sharedUntil },
      setWhere: isForced ? sql`true` : isFree,
    })
    .returning({ sharedUntil: stripeLeases.sharedUntil });
  return row === undefined ? undefined : { key, holder, isShared: row.sharedUntil > nowMs };
}

/**
 * Gives a lease back.
 * @returns whether nobody else held it in the meantime
 */
async function returnLease(
  { db, nowMs }: Context,
  { key, holder, isShared }: Lease,
): Promise<boolean> {
  const isOurs = and(eq(stripeLeases.key, key), eq(stripeLeases.holder, holder));
  if (isShared) {
    await db.update(stripeLeases).set({ holder: null }).where(isOurs);
    return false;
  }
  const isUnshared = lte(stripeLeases.sharedUntil, nowMs);
  const returned = await db
    .delete(stripeLeases)
    .where(and(isOurs, isUnshared))
    .returning({ key: stripeLeases.key });
  if (returned.length === 1) return true;
  await db.update(stripeLeases).set({ holder: null }).where(isOurs);
  return false;
}

/** The request for a lease. */
export interface LeaseParams {
  /** The id of a customer, an order or a subscription. */
  readonly key: string;
  /** The worker's id. Work that is repeated after a crash does not wait for itself. */
  readonly holder: string;
  /** Whether to wait for another holder, for a second or two. */
  readonly shouldWait: boolean;
}

/**
 * Works on something while holding the lease on it. A lease promises nothing: a holder may crash or
 * be slow, so after a while others work on the same. It saves calls to Stripe where several would
 * make the same ones, and tells afterwards whether anybody could have interfered.
 * @param work `hasWaited`: whether another holder was at work before
 * @returns what the work returned, and whether nobody else held the lease from beginning to end
 */
export async function withLease<T>(
  ctx: Context,
  { key, holder, shouldWait }: LeaseParams,
  work: (hasWaited: boolean) => Promise<T>,
): Promise<{ readonly value: T; readonly wasAlone: boolean }> {
  const waits = shouldWait ? [...WAITS_MS] : [];
  let hasWaited = false;
  let lease = await takeLease(ctx, { key, holder }, waits.length === 0);
  while (lease === undefined) {
    hasWaited = true;
    await scheduler.wait(waits.shift() ?? 0);
    lease = await takeLease(ctx, { key, holder }, waits.length === 0);
  }
  let value: T;
  try {
    value = await work(hasWaited);
  } catch (error) {
    await returnLease(ctx, lease);
    throw error;
  }
  return { value, wasAlone: await returnLease(ctx, lease) };
}
