import { and, eq, gt, isNotNull, lte } from "drizzle-orm";
import { creditAccount, SCOPES } from "../../account/index.ts";
import { keepMinted, mintForLater, seal, unseal } from "../../auth/index.ts";
import type { Config } from "../../config.ts";
import { type Database, database } from "../../db.ts";
import type { Env } from "../../env.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { orderKeys } from "../tables.ts";
import type { Order } from "./store.ts";

/** How long a key that nobody came for is kept. */
const KEPT_MS = 24 * 3_600_000;
const NAME = "Auto-generated from payment";
const TERMS = { name: NAME, scopes: SCOPES, models: null, budget: null, expiresAt: null };

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

const keyOfOrder = async (db: Database, orderId: string) =>
  (await db.select().from(orderKeys).where(eq(orderKeys.orderId, orderId)))[0];

const isOf = (order: Order, keyId: string) =>
  and(eq(orderKeys.orderId, order.id), eq(orderKeys.keyId, keyId));

interface UnmadeKey {
  readonly keyId: string;
  readonly text: string;
}

/**
 * The order's key, written down before the account gets it: of two at once, both get the first.
 * Null when the account has it.
 */
async function writtenDown(
  env: Bindings,
  config: Config,
  order: Order,
  nowMs: number,
): Promise<UnmadeKey | null> {
  const db = database(env.DB);
  for (;;) {
    const row = await keyOfOrder(db, order.id);
    if (row !== undefined && row.madeAt !== null) return null;
    const text = row?.sealed == null ? null : await unseal(config, row.sealed);
    if (row !== undefined && text !== null) return { keyId: row.keyId, text };
    // What was sealed under a secret that is no longer known, and never given to the account, is
    // nobody's.
    if (row !== undefined) await db.delete(orderKeys).where(isOf(order, row.keyId));
    const minted = await mintForLater(env, config, order.userId);
    const sealed = await seal(config, minted.text);
    const { id: orderId, userId } = order;
    const kept = {
      orderId,
      userId,
      keyId: minted.keyId,
      sealed,
      madeAt: null,
      expiresAt: nowMs + KEPT_MS,
    };
    await db.insert(orderKeys).values(kept).onConflictDoNothing();
  }
}

async function makeKey(env: Bindings, config: Config, order: Order, nowMs: number): Promise<void> {
  const unmade = await writtenDown(env, config, order, nowMs);
  if (unmade === null) return;
  const kept = await keepMinted(env, order.userId, unmade.text, TERMS);
  if (!kept.ok) throw new Error(`key refused: ${kept.failure.code} ${kept.failure.message}`);
  const noted = await database(env.DB)
    .update(orderKeys)
    .set({ madeAt: nowMs, expiresAt: nowMs + KEPT_MS })
    .where(isOf(order, unmade.keyId))
    .returning({ orderId: orderKeys.orderId });
  // The money went back while the key was made, and whoever saw to it found none to end.
  if (noted.length === 0) await creditAccount(env, order.userId).revokeKey(unmade.keyId);
}

async function endKey(env: Bindings, order: Order): Promise<void> {
  const db = database(env.DB);
  const row = await keyOfOrder(db, order.id);
  if (row === undefined) return;
  const reply = await creditAccount(env, order.userId).revokeKey(row.keyId);
  if (!reply.ok && reply.failure.code !== "not_found")
    throw new Error(`key kept: ${reply.failure.message}`);
  await db.delete(orderKeys).where(isOf(order, row.keyId));
}

/**
 * Sees to it that an order has its API key while it stands, and none once the money went back or a
 * bank disputes it. An order that comes to stand again gets a new one.
 */
export const keepKeyOfOrder = async (
  env: Bindings,
  config: Config,
  order: Order,
  stands: boolean,
  nowMs: number,
): Promise<void> => (stands ? await makeKey(env, config, order, nowMs) : await endKey(env, order));

/** A key as it is shown to its owner, once. */
interface ShownKey {
  readonly orderId: string;
  readonly keyId: string;
  readonly name: string;
  readonly key: string;
}

const GONE = "Make a new one with POST /api/api-keys.";

/**
 * Shows the key that an order came with: once, within 24 hours.
 * @returns `not_found` with why there is none to show (any more)
 */
export async function showKeyOnce(
  db: Database,
  config: Config,
  order: Order,
  nowMs: number,
): Promise<Result<ShownKey>> {
  if (order.kind !== "conversation")
    return fail("not_found", "This order comes with no API key: only a conversation does.");
  if (order.status === "pending")
    return fail("not_found", "This order is not paid yet. Its API key is made once it is.");
  if (order.status !== "completed")
    return fail("not_found", `This order is ${order.status}: it has no API key.`);
  const row = await keyOfOrder(db, order.id);
  if (row === undefined) return fail("not_found", "This order has no API key.");
  if (nowMs >= row.expiresAt)
    return fail(
      "not_found",
      `An order's API key can be seen for 24 hours, which are over. ${GONE}`,
    );
  const shown = fail("not_found", `This API key has been shown. It is shown once only. ${GONE}`);
  if (row.sealed === null) return shown;
  const text = await unseal(config, row.sealed);
  if (text === null) return fail("not_found", `This API key can no longer be read. ${GONE}`);
  const first = await db
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
  return first.length === 1
    ? ok({ orderId: order.id, keyId: row.keyId, name: NAME, key: text })
    : shown;
}

/**
 * Forgets keys that nobody came for within 24 hours. For the cron. The keys themselves stay in
 * force.
 */
export async function forgetOrderKeys(db: Database, nowMs: number): Promise<void> {
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
