import { and, eq, gt, isNotNull, lte } from "drizzle-orm";
import { creditAccount, SCOPES } from "../../account/index.ts";
import { mintKeyForOrder, registerKey, seal, unseal } from "../../auth/index.ts";
import type { Context } from "../../context.ts";
import { type Database, database } from "../../db.ts";
import type { Env } from "../../env.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { orderKeys } from "../tables.ts";
import type { Order } from "./store.ts";

/** How long a key that nobody came for is kept. */
const RETENTION_MS = 24 * 3_600_000;
const KEY_NAME = "Auto-generated from payment";
const KEY_TERMS = { name: KEY_NAME, scopes: SCOPES, models: null, budget: null, expiresAt: null };

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

const findOrderKey = async (db: Database, orderId: string) =>
  (await db.select().from(orderKeys).where(eq(orderKeys.orderId, orderId)))[0];

const matchesKey = (order: Order, keyId: string) =>
  and(eq(orderKeys.orderId, order.id), eq(orderKeys.keyId, keyId));

interface PendingKey {
  readonly keyId: string;
  readonly text: string;
}

/**
 * The order's key, written down before the account gets it: of two at once, both get the first.
 * Null when the account has it.
 */
async function reserveKey(ctx: Context, order: Order): Promise<PendingKey | null> {
  const { db, config, nowMs } = ctx;
  for (;;) {
    const row = await findOrderKey(db, order.id);
    if (row !== undefined && row.madeAt !== null) return null;
    const text = row?.sealed == null ? null : await unseal(config, row.sealed);
    if (row !== undefined && text !== null) return { keyId: row.keyId, text };
    // What was sealed under a secret that is no longer known, and never given to the account, is
    // nobody's.
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
  const marked = await db
    .update(orderKeys)
    .set({ madeAt: nowMs, expiresAt: nowMs + RETENTION_MS })
    .where(matchesKey(order, pending.keyId))
    .returning({ orderId: orderKeys.orderId });
  // The money went back while the key was made, and whoever saw to it found none to end.
  if (marked.length === 0) await creditAccount(env, order.userId).revokeKey(pending.keyId);
}

async function revokeOrderKey(env: Bindings, order: Order): Promise<void> {
  const db = database(env.DB);
  const row = await findOrderKey(db, order.id);
  if (row === undefined) return;
  const reply = await creditAccount(env, order.userId).revokeKey(row.keyId);
  if (!reply.ok && reply.failure.code !== "not_found")
    throw new Error(`key kept: ${reply.failure.message}`);
  await db.delete(orderKeys).where(matchesKey(order, row.keyId));
}

/**
 * Sees to it that an order has its API key while it stands, and none once the money went back or a
 * bank disputes it. An order that comes to stand again gets a new one.
 */
export const provisionOrderKey = async (
  ctx: Context,
  order: Order,
  isPaid: boolean,
): Promise<void> =>
  isPaid ? await createOrderKey(ctx, order) : await revokeOrderKey(ctx.env, order);

/** A key as it is shown to its owner, once. */
interface RevealedKey {
  readonly orderId: string;
  readonly keyId: string;
  readonly name: string;
  readonly key: string;
}

const NEW_KEY_HINT = "Make a new one with POST /api/api-keys.";

/**
 * Shows the key that an order came with: once, within 24 hours.
 * @returns `not_found` with why there is none to show (any more)
 */
export async function revealKeyOnce(ctx: Context, order: Order): Promise<Result<RevealedKey>> {
  const { db, config, nowMs } = ctx;
  if (order.kind !== "conversation")
    return fail("not_found", "This order comes with no API key: only a conversation does.");
  if (order.status === "pending")
    return fail("not_found", "This order is not paid yet. Its API key is made once it is.");
  if (order.status !== "completed")
    return fail("not_found", `This order is ${order.status}: it has no API key.`);
  const row = await findOrderKey(db, order.id);
  if (row === undefined) return fail("not_found", "This order has no API key.");
  if (nowMs >= row.expiresAt)
    return fail(
      "not_found",
      `An order's API key can be seen for 24 hours, which are over. ${NEW_KEY_HINT}`,
    );
  const alreadyRevealed = fail(
    "not_found",
    `This API key has been shown. It is shown once only. ${NEW_KEY_HINT}`,
  );
  if (row.sealed === null) return alreadyRevealed;
  const text = await unseal(config, row.sealed);
  if (text === null)
    return fail("not_found", `This API key can no longer be read. ${NEW_KEY_HINT}`);
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
 * Forgets keys that nobody came for within 24 hours. For the cron. The keys themselves stay in
 * force.
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
