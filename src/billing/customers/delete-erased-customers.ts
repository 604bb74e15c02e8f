import { eq } from "drizzle-orm";
import { record } from "../../audit/index.ts";
import { deleteErasedUser, listErasedUsers } from "../../auth/index.ts";
import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { listOpenStripeSessionIds } from "../orders/store.ts";
import { findCustomerId } from "../stripe/customer.ts";
import { callStripe } from "../stripe/stripe.ts";
import { listLiveSubscriptions } from "../subscriptions/store.ts";
import { checkoutSessions, paymentRequests } from "../tables.ts";

const SYSTEM_ACTOR = { kind: "system", id: "end erased customers" } as const;

/**
 * Closes the pages on which an erased user could still pay, for what nobody could be given. How
 * each ended is told by Stripe's event.
 */
async function expireOpenPages(ctx: Context, userId: string): Promise<Result<true>> {
  const { db, config } = ctx;
  for (const stripeId of await listOpenStripeSessionIds(db, userId)) {
    const closed = await callStripe(config, (stripe) => stripe.checkout.sessions.expire(stripeId));
    // One that was paid or has closed by itself is not closed again.
    if (!closed.ok && closed.failure.code !== "stripe_refused") return closed;
  }
  return ok(true);
}

/**
 * Ends a user's subscriptions, and bills what was used past their plans: once the customer is gone
 * nobody could be billed.
 */
async function cancelSubscriptions(ctx: Context, userId: string): Promise<Result<true>> {
  const { db, config } = ctx;
  for (const { id } of await listLiveSubscriptions(db, userId)) {
    const ended = await callStripe(config, (stripe) =>
      stripe.subscriptions.cancel(id, { invoice_now: true }),
    );
    // One that ended already is not ended again.
    if (!ended.ok && ended.failure.param !== "resource_missing") return ended;
  }
  return ok(true);
}

/**
 * Deletes the customer, which ends their subscriptions too
 * (https://docs.stripe.com/api/customers/delete). One that is gone already is done.
 */
async function deleteCustomer(ctx: Context, userId: string): Promise<Result<true>> {
  const { db, config, nowMs } = ctx;
  const id = await findCustomerId(db, userId);
  if (id === undefined) return ok(true);
  const canceled = await cancelSubscriptions(ctx, userId);
  if (!canceled.ok) return canceled;
  const deleted = await callStripe(config, (stripe) => stripe.customers.del(id));
  if (!deleted.ok && deleted.failure.param !== "resource_missing") return deleted;
  const entry = {
    actor: SYSTEM_ACTOR,
    action: "customer.deleted",
    subjectId: id,
    userId,
    onceKey: `customer:${id}:deleted`,
  };
  await record(db, { ...entry, reason: "The user was erased." }, nowMs);
  return ok(true);
}

/**
 * Ends at Stripe what users had there who were erased here. Our row that names their customer
 * stays: it holds two ids and no person, and what Stripe still says about the subscriptions finds
 * its way by it. For the cron.
 * @param limit the most to end in this run
 * @returns how many are ended
 */
export async function deleteErasedCustomers(ctx: Context, limit: number): Promise<number> {
  const { db } = ctx;
  let deleted = 0;
  for (const userId of await listErasedUsers(db, limit)) {
    const closed = await expireOpenPages(ctx, userId);
    const result = closed.ok ? await deleteCustomer(ctx, userId) : closed;
    if (!result.ok) {
      console.error(
        JSON.stringify({
          level: "error",
          at: SYSTEM_ACTOR.id,
          userId,
          error: result.failure.message,
        }),
      );
      // Each of the others would wait for the same answer.
      if (result.failure.code === "billing_unavailable") break;
      continue;
    }
    await db.batch([
      db.delete(paymentRequests).where(eq(paymentRequests.userId, userId)),
      // Stripe's page shows the buyer's address to whoever has its link.
      db.update(checkoutSessions).set({ url: null }).where(eq(checkoutSessions.userId, userId)),
    ]);
    await deleteErasedUser(db, userId);
    deleted += 1;
  }
  return deleted;
}
