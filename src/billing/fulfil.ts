import { creditAccount } from "../account/index.ts";
import { findUser, markPaid } from "../auth/index.ts";
import type { Config } from "../config.ts";
import { database } from "../db.ts";
import type { Env } from "../env.ts";
import { putPlanInForce } from "./put-plan-in-force.ts";
import { completeOrder, failOrder, notePaid, type Order } from "./store.ts";

const DAY_MS = 86_400_000;

/** What is bought is spent after what is given for a period (lower first): it lasts longer. */
const BOUGHT_PRIORITY = 100;

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

async function grantCredits(env: Bindings, order: Order, nowMs: number): Promise<void> {
  if (order.creditsMicrocredits === 0) return;
  const reply = await creditAccount(env, order.userId).grant({
    operationId: `order:${order.id}`,
    amountMicrocredits: order.creditsMicrocredits,
    priority: BOUGHT_PRIORITY,
    effectiveAt: null,
    expiresAt: order.creditsExpireAfterDays === null ? null : nowMs + order.creditsExpireAfterDays * DAY_MS,
    reason: order.quantity === 1 ? order.title : `${order.quantity} × ${order.title}`,
  });
  if (!reply.ok) throw new Error(`grant refused: ${reply.failure.code} ${reply.failure.message}`);
}

/**
 * Delivers a paid order: the one path by which anything bought is given. Every step may be repeated, and the order is marked
 * only after all of them, so a crash anywhere is healed by doing it again: by Stripe's next delivery, or the cron.
 * @throws what the account, D1 or a missing plan threw: the caller must see to it that this is tried again
 */
export async function fulfil(
  env: Bindings,
  config: Config,
  order: Order,
  payment: { readonly paymentIntentId: string | null; readonly paidAtMs: number },
  nowMs: number,
): Promise<void> {
  const db = database(env.DB);
  if (!(await notePaid(db, order.id, payment.paidAtMs))) return;
  if ((await findUser(db, order.userId)) === undefined) {
    const reason = "Paid, but the buyer's account had been deleted. Refund this payment.";
    return await failOrder(db, order.id, { sessionStatus: "failed", reason }, nowMs);
  }
  await grantCredits(env, order, nowMs);
  if (order.givesPlan) await putPlanInForce(env, config, order.userId, nowMs);
  await markPaid(db, order.userId, nowMs);
  await completeOrder(db, order.id, payment.paymentIntentId, nowMs);
}
