import { eq } from "drizzle-orm";
import { record } from "../../audit/index.ts";
import { forgetErased, listErased } from "../../auth/index.ts";
import type { Config } from "../../config.ts";
import type { Database } from "../../db.ts";
import { ok, type Result } from "../../errors.ts";
import { openPagesOf } from "../orders/store.ts";
import { knownCustomer } from "../stripe/customer.ts";
import { askStripe } from "../stripe/stripe.ts";
import { liveSubscriptionsOf } from "../subscriptions/store.ts";
import { checkoutSessions, paymentRequests } from "../tables.ts";

const ACTOR = { kind: "system", id: "end erased customers" } as const;

/**
 * Closes the pages on which an erased user could still pay, for what nobody could be given. How
 * each ended is told by Stripe's event.
 */
async function closePages(db: Database, config: Config, userId: string): Promise<Result<true>> {
  for (const stripeId of await openPagesOf(db, userId)) {
    const closed = await askStripe(config, (stripe) => stripe.checkout.sessions.expire(stripeId));
    // One that was paid or has closed by itself is not closed again.
    if (!closed.ok && closed.failure.code !== "stripe_refused") return closed;
  }
  return ok(true);
}

/**
 * Ends a user's subscriptions, and bills what was used past their plans: once the customer is gone
 * nobody could be billed.
 */
async function billLast(db: Database, config: Config, userId: string): Promise<Result<true>> {
  for (const { id } of await liveSubscriptionsOf(db, userId)) {
    const ended = await askStripe(config, (stripe) =>
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
async function endCustomer(
  db: Database,
  config: Config,
  userId: string,
  nowMs: number,
): Promise<Result<true>> {
  const id = await knownCustomer(db, userId);
  if (id === undefined) return ok(true);
  const billed = await billLast(db, config, userId);
  if (!billed.ok) return billed;
  const deleted = await askStripe(config, (stripe) => stripe.customers.del(id));
  if (!deleted.ok && deleted.failure.param !== "resource_missing") return deleted;
  const entry = {
    actor: ACTOR,
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
export async function endErased(
  db: Database,
  config: Config,
  nowMs: number,
  limit: number,
): Promise<number> {
  let ended = 0;
  for (const userId of await listErased(db, limit)) {
    const closed = await closePages(db, config, userId);
    const result = closed.ok ? await endCustomer(db, config, userId, nowMs) : closed;
    if (!result.ok) {
      console.error(
        JSON.stringify({ level: "error", at: ACTOR.id, userId, error: result.failure.message }),
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
    await forgetErased(db, userId);
    ended += 1;
  }
  return ended;
}
