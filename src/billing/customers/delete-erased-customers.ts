import { eq } from "drizzle-orm";
import { record } from "../../audit/index.ts";
import { deleteErasedUser, listErasedUsers } from "../../auth/index.ts";
import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { forEachDue } from "../../for-each-due.ts";
import { listOpenPages } from "../orders/store.ts";
import { findCustomerId } from "../stripe/customer.ts";
import { callStripe } from "../stripe/stripe.ts";
import { isMissingAtStripe } from "../stripe/stripe-failure.ts";
import { endAtOnce } from "../subscriptions/end-at-once.ts";
import { flushOverage } from "../subscriptions/report-overage.ts";
import { listLiveSubscriptions } from "../subscriptions/store.ts";
import { cardDeclines, checkoutSessions, paymentRequests } from "../tables.ts";

/** The actor in the audit log, where its id is stored under this name. */
const AUDIT_ACTOR = { kind: "system", id: "end erased customers" } as const;

/**
 * Closes the pages on which an erased user could still pay for what nobody could be given. Stripe's
 * events then end the orders.
 */
async function expireOpenPages({ db, config }: Context, userId: string): Promise<Result<true>> {
  for (const { stripeId } of await listOpenPages(db, userId)) {
    const closed = await callStripe(config, (stripe) => stripe.checkout.sessions.expire(stripeId));
    // A page that was paid or has expired by itself need not be closed.
    if (!closed.ok && closed.failure.code !== "stripe_refused") return closed;
  }
  return ok(true);
}

/**
 * Cancels a user's subscriptions, and bills usage past their plans: once the customer is deleted,
 * nobody could be billed.
 */
async function cancelSubscriptions(ctx: Context, userId: string): Promise<Result<true>> {
  const reported = await flushOverage(ctx, userId);
  if (!reported.ok) return reported;
  for (const subscription of await listLiveSubscriptions(ctx.db, userId)) {
    const ended = await endAtOnce(ctx, subscription, { prorate: false });
    if (!ended.ok) return ended;
  }
  return ok(true);
}

/**
 * Deletes a user's customer at Stripe, which ends their subscriptions too
 * (https://docs.stripe.com/api/customers/delete). A customer that is deleted already is no failure.
 */
async function deleteCustomer(ctx: Context, userId: string): Promise<Result<true>> {
  const { db, config, nowMs } = ctx;
  const id = await findCustomerId(db, userId);
  if (id === undefined) return ok(true);
  const canceled = await cancelSubscriptions(ctx, userId);
  if (!canceled.ok) return canceled;
  const deleted = await callStripe(config, (stripe) => stripe.customers.del(id));
  if (!deleted.ok && !isMissingAtStripe(deleted.failure)) return deleted;
  const entry = {
    actor: AUDIT_ACTOR,
    action: "customer.deleted",
    subjectId: id,
    userId,
    reason: "The user was erased.",
    onceKey: `customer:${id}:deleted`,
  };
  await record(db, entry, nowMs);
  return ok(true);
}

/** Deletes everything at Stripe of a user who was erased, and the links to it. */
async function deleteErasedCustomer(ctx: Context, userId: string): Promise<Result<true>> {
  const { db } = ctx;
  const closed = await expireOpenPages(ctx, userId);
  const deleted = closed.ok ? await deleteCustomer(ctx, userId) : closed;
  if (!deleted.ok) return deleted;
  await db.batch([
    db.delete(cardDeclines).where(eq(cardDeclines.userId, userId)),
    db.delete(paymentRequests).where(eq(paymentRequests.userId, userId)),
    // Stripe's page shows the buyer's address to anyone who has its URL.
    db.update(checkoutSessions).set({ url: null }).where(eq(checkoutSessions.userId, userId)),
  ]);
  await deleteErasedUser(db, userId);
  return ok(true);
}

/**
 * Deletes the customers at Stripe of users who were erased here. Our row that names the customer
 * stays: it holds two ids and no person, and it leads Stripe's last events about the subscriptions
 * to their user. For the cron.
 * @param limit the most users in one run
 * @returns the number of users who are done
 */
export async function deleteErasedCustomers(ctx: Context, limit: number): Promise<number> {
  const { done } = await forEachDue({
    rows: await listErasedUsers(ctx.db, limit),
    logFields: (userId) => ({ userId }),
    failureEvent: "customer.deletion_failed",
    run: (userId) => deleteErasedCustomer(ctx, userId),
  });
  return done;
}
