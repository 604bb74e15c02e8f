import { and, eq, gt, isNotNull, lte } from "drizzle-orm";
import { creditAccount, DEFAULT_SCOPES } from "../../account/index.ts";
import { keyMadeStatements, mintKeyForOrder, registerKey } from "../../auth/index.ts";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { seal, unseal } from "../../seal.ts";
import { DAY_MS } from "../../time.ts";
import { orderKeys } from "../tables.ts";
import type { Order } from "./store.ts";
import type { OrderKeyView } from "./wire.ts";

/** The time for which a key is kept for its owner to see it. */
const RETENTION_MS = DAY_MS;
const KEY_NAME = "Auto-generated from payment";
const KEY_TERMS = {
  name: KEY_NAME,
  scopes: DEFAULT_SCOPES,
  models: null,
  budget: null,
  purchaseLimit: null,
  expiresAt: null,
};

const findOrderKey = (db: Database, orderId: string) =>
  db.select().from(orderKeys).where(eq(orderKeys.orderId, orderId)).get();

const matchesKey = (order: Order, keyId: string) =>
  and(eq(orderKeys.orderId, order.id), eq(orderKeys.keyId, keyId));

interface PendingKey {
  readonly keyId: string;
  readonly text: string;
}

/**
 * Reserves an order's key: inserts it before the account gets it. Two concurrent calls both get the
 * first one.
 * @returns null when the account has the key already
 */
async function reserveKey(ctx: Context, order: Order): Promise<PendingKey | null> {
  const { db, config, nowMs } = ctx;
  for (;;) {
    const row = await findOrderKey(db, order.id);
    if (row !== undefined && row.madeAt !== null) return null;
    const text = row?.sealed == null ? null : await unseal(config, row.sealed);
    if (row !== undefined && text !== null) return { keyId: row.keyId, text };
    // A key that was sealed under a secret that is no longer known, and never reached the account,
    // cannot be used by anybody.
    if (row !== undefined) await db.delete(orderKeys).where(matchesKey(order, row.keyId));
    const minted = await mintKeyForOrder(ctx, order.userId);
    const sealed = await seal(config, minted.text);
    const { id: orderId, userId } = order;
    const newRow = {
      orderId,
      userId,
      keyId: minted.keyId,
      sealed,
      madeAt: null,
      expiresAt: nowMs + RETENTION_MS,
    };
    await db.insert(orderKeys).values(newRow).onConflictDoNothing();
  }
}

async function createOrderKey(ctx: Context, order: Order): Promise<void> {
  const { env, db, nowMs } = ctx;
  const pending = await reserveKey(ctx, order);
  if (pending === null) return;
  const registered = await registerKey(env, order.userId, pending.text, KEY_TERMS);
  if (!registered.ok)
    throw new Error(`key refused: ${registered.failure.code} ${registered.failure.message}`);
  const { userId } = order;
  const [marked] = await db.batch([
    db
      .update(orderKeys)
      .set({ madeAt: nowMs, expiresAt: nowMs + RETENTION_MS })
      .where(matchesKey(order, pending.keyId))
      .returning({ orderId: orderKeys.orderId }),
    ...(await keyMadeStatements(ctx, { userId, keyId: pending.keyId, name: KEY_NAME })),
  ]);
  // The money went back while the key was made, and that run found no key to revoke.
  if (marked.length === 0) await creditAccount(env, order.userId).revokeKey(pending.keyId);
}

async function revokeOrderKey(ctx: Context, order: Order): Promise<void> {
  const { env, db } = ctx;
  const row = await findOrderKey(db, order.id);
  if (row === undefined) return;
  const reply = await creditAccount(env, order.userId).revokeKey(row.keyId);
  if (!reply.ok && reply.failure.code !== "not_found")
    throw new Error(`key kept: ${reply.failure.message}`);
  await db.delete(orderKeys).where(matchesKey(order, row.keyId));
}

/**
 * Gives an order its API key while it is paid, and revokes the key once the money went back or is
 * disputed. An order that is paid again gets a new key.
 */
export const provisionOrderKey = async (
  ctx: Context,
  order: Order,
  isPaid: boolean,
): Promise<void> => (isPaid ? await createOrderKey(ctx, order) : await revokeOrderKey(ctx, order));

const NEW_KEY_HINT = "Create a new one with POST /api/api-keys.";

/**
 * Reveals the key that an order came with: once, within 24 hours.
 * @returns `not_found` with the reason when there is no key to show, or no longer
 */
export async function revealKeyOnce(ctx: Context, order: Order): Promise<Result<OrderKeyView>> {
  const { db, config, nowMs } = ctx;
  if (order.kind !== "conversation")
    return fail("not_found", "This order doesn't include an API key. Only conversations do.");
  if (order.status === "pending")
    return fail("not_found", "This order isn't paid yet. Its API key is created after payment.");
  if (order.status !== "completed")
    return fail("not_found", `This order has no API key: its status is ${order.status}.`);
  const row = await findOrderKey(db, order.id);
  if (row === undefined) return fail("not_found", "This order has no API key.");
  if (nowMs >= row.expiresAt)
    return fail(
      "not_found",
      `An order's API key is available for 24 hours after payment. ${NEW_KEY_HINT}`,
    );
  const alreadyRevealed = fail(
    "not_found",
    `This API key was already shown, and keys are shown only once. ${NEW_KEY_HINT}`,
  );
  if (row.sealed === null) return alreadyRevealed;
  const text = await unseal(config, row.sealed);
  if (text === null)
    return fail("not_found", `This API key is no longer available. ${NEW_KEY_HINT}`);
  const cleared = await db
    .update(orderKeys)
    .set({ sealed: null })
    .where(
      and(
        eq(orderKeys.orderId, order.id),
        eq(orderKeys.sealed, row.sealed),
        gt(orderKeys.expiresAt, nowMs),
      ),
    )
    .returning({ orderId: orderKeys.orderId });
  return cleared.length === 1
    ? ok({ orderId: order.id, keyId: row.keyId, name: KEY_NAME, key: text })
    : alreadyRevealed;
}

/**
 * Deletes the texts of keys that nobody fetched within 24 hours. For the cron. The keys themselves
 * stay valid.
 */
export async function pruneOrderKeys(db: Database, nowMs: number): Promise<void> {
  await db
    .update(orderKeys)
    .set({ sealed: null })
    .where(
      and(
        lte(orderKeys.expiresAt, nowMs),
        isNotNull(orderKeys.sealed),
        isNotNull(orderKeys.madeAt),
      ),
    );
}
