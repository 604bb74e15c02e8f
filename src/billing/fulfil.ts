import { creditAccount } from "../account/index.ts";
import { findUser, markPaid, setUserPlan } from "../auth/index.ts";
import { entitlementOf, findPlan } from "../catalog/index.ts";
import { type Database, database } from "../db.ts";
import type { Env } from "../env.ts";
import { completeOrder, failOrder, notePaid, type Order, planPaidFor } from "./store.ts";

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
 * Puts the plan in force that was paid for last. Two payments may be delivered at once, and an old one may have to be
 * delivered again: so whoever has put a plan in force looks once more whether it is still the last one paid for.
 */
async function givePlan(env: Bindings, db: Database, userId: string, nowMs: number): Promise<void> {
  let given: string | undefined;
  for (;;) {
    const planId = await planPaidFor(db, userId);
    if (planId === undefined || planId === given) return;
    const plan = await findPlan(db, planId);
    if (plan === undefined) throw new Error(`plan ${planId} is gone`);
    const reply = await creditAccount(env, userId).setEntitlement({ entitlement: entitlementOf(plan) });
    if (!reply.ok) throw new Error(`entitlement refused: ${reply.failure.code} ${reply.failure.message}`);
    await setUserPlan(db, userId, plan, nowMs);
    given = planId;
  }
}

/**
 * Delivers a paid order: the one path by which anything bought is given. Every step may be repeated, and the order is marked
 * only after all of them, so a crash anywhere is healed by doing it again: by Stripe's next delivery, or the cron.
 * @throws what the account, D1 or a missing plan threw: the caller must see to it that this is tried again
 */
export async function fulfil(
  env: Bindings,
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
  if (order.givesPlan) await givePlan(env, db, order.userId, nowMs);
  await markPaid(db, order.userId, nowMs);
  await completeOrder(db, order.id, payment.paymentIntentId, nowMs);
}
