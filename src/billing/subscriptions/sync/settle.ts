import type { Actor } from "../../../audit/index.ts";
import { findUser, markPaid } from "../../../auth/index.ts";
import { soldPrices } from "../../../catalog/index.ts";
import type { Config } from "../../../config.ts";
import { converge } from "../../../converge.ts";
import { type Database, database } from "../../../db.ts";
import type { Env } from "../../../env.ts";
import { ok, type Result } from "../../../errors.ts";
import { putPlanInForce } from "../../entitlement/put-plan-in-force.ts";
import type { SyncOutcome } from "../../stripe/sync-outcome.ts";
import { meetPrices } from "../../stripe-catalog/meet-prices.ts";
import { giveCredits } from "../invoices/give-credits.ts";
import {
  findSubscription,
  invoicesOf,
  isLive,
  type Subscription,
  userOfCustomer,
} from "../store.ts";
import { completeOrderOf } from "./complete-order.ts";
import { askWhichSubscription, type SubscriptionSnapshot, fetchSnapshot } from "./look.ts";
import { addMissingMeter } from "./metered.ts";
import { endSubscription, keepNewest } from "./one-at-a-time.ts";
import { type Sold, subscriptionRow } from "./rows.ts";
import type { SubscriptionFacts } from "./subscription-facts.ts";
import { writeDown } from "./write-down.ts";

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

/** After so many looks that each brought news, another delivery or the cron may go on. */
const ROUNDS_MAX = 5;

const ERASED: Actor = { kind: "system", id: "subscriptions of erased users" };

/**
 * Whose a subscription is: the customer's, and of a customer that we do not know, whom its metadata
 * names.
 */
async function resolveOwner(db: Database, facts: SubscriptionFacts): Promise<string | null> {
  const known = await userOfCustomer(db, facts.stripeCustomerId);
  if (known !== undefined) return known;
  return facts.userId !== null && (await findUser(db, facts.userId)) !== undefined
    ? facts.userId
    : null;
}

/** The prices of a subscription and of its invoices, by Stripe's ids. */
function pricesOf({ subscription, invoices: billed }: SubscriptionSnapshot): string[] {
  const lines = billed.flatMap(({ invoice }) => invoice.lines.map((line) => line.stripePriceId));
  const ids = new Set([...subscription.items.map((item) => item.stripePriceId), ...lines]);
  return [...ids].filter((id) => id !== null);
}

/** What the prices of a subscription and of its invoices sell here. */
export async function soldBy(db: Database, snapshot: SubscriptionSnapshot): Promise<Sold> {
  const sold = await soldPrices(db, pricesOf(snapshot));
  return new Map(sold.map((price) => [price.stripePriceId, price]));
}

/**
 * The same, and first asks Stripe for prices that are not known here: one that was just made for a
 * plan may be paid before its own event comes, and what a paid invoice gives is decided once.
 */
async function soldNow(
  env: Bindings,
  config: Config,
  snapshot: SubscriptionSnapshot,
  nowMs: number,
): Promise<Result<Sold>> {
  const db = database(env.DB);
  const sold = await soldBy(db, snapshot);
  const metered = new Set([...sold.values()].map((price) => price.meteredStripePriceId));
  const unknown = pricesOf(snapshot).filter((id) => !sold.has(id) && !metered.has(id));
  const met = await meetPrices(env, config, unknown, nowMs);
  if (!met.ok) return met;
  return ok(met.value ? await soldBy(db, snapshot) : sold);
}

/**
 * Gives its user what a subscription stands for. Each step sets what should be, and may be
 * repeated.
 */
async function deliver(
  env: Bindings,
  config: Config,
  row: Subscription,
  { orderId, alsoInvoiceId }: { orderId: string | null; alsoInvoiceId: string | null },
  nowMs: number,
): Promise<void> {
  const db = database(env.DB);
  await giveCredits(env, row.userId, alsoInvoiceId, nowMs);
  await putPlanInForce(env, config, row.userId, nowMs);
  const invoices = await invoicesOf(db, row.id);
  if (invoices.some(({ paidMinor }) => paidMinor > 0)) await markPaid(db, row.userId, nowMs);
  const first = invoices.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))[0];
  await completeOrderOf(db, orderId, row, first, nowMs);
}

/** What one look came to: `again` when somebody should look once more. */
type Applied = "unknown" | "same" | "again";

async function apply(
  env: Bindings,
  config: Config,
  snapshot: SubscriptionSnapshot,
  alsoInvoiceId: string | null,
  nowMs: number,
): Promise<Result<Applied>> {
  const db = database(env.DB);
  const userId = await resolveOwner(db, snapshot.subscription);
  if (userId === null) return ok("unknown");
  const priced = await soldNow(env, config, snapshot, nowMs);
  if (!priced.ok) return priced;
  const sold = priced.value;
  const before = await findSubscription(db, snapshot.subscription.id);
  const known = { userId, before, sold, graceDays: config.PAST_DUE_GRACE_DAYS };
  const row = subscriptionRow(snapshot.subscription, snapshot.invoices, known, nowMs);
  if (row === null) return ok("unknown");
  const isNews = await writeDown(db, row, { billed: snapshot.invoices, sold }, nowMs);

  if ((await findUser(db, userId)) === undefined) {
    if (!isLive(row)) return ok(isNews ? "again" : "same");
    const ended = await endSubscription(
      db,
      config,
      row,
      { actor: ERASED, reason: "Its user was deleted." },
      nowMs,
    );
    return ended.ok ? ok("again") : ended;
  }
  await deliver(env, config, row, { orderId: snapshot.subscription.orderId, alsoInvoiceId }, nowMs);
  const ended = await keepNewest(db, config, userId, nowMs);
  if (!ended.ok) return ended;
  for (const id of ended.value) {
    const synced = id === row.id ? ok(null) : await syncSnapshot(env, config, id, null, nowMs);
    if (!synced.ok) return synced;
  }
  if (ended.value.includes(row.id)) return ok("again");
  // Last: whatever Stripe has against it, nobody pays for two subscriptions meanwhile.
  const metered = await addMissingMeter(config, snapshot.subscription, sold);
  if (!metered.ok) return metered;
  return ok(isNews || metered.value ? "again" : "same");
}

/**
 * Asks how a subscription stands, and brings everything here to that. Two may do this at once, each
 * having asked at its own time: so whoever brought news asks once more, until there is none.
 */
async function syncSnapshot(
  env: Bindings,
  config: Config,
  subscriptionId: string,
  alsoInvoiceId: string | null,
  nowMs: number,
): Promise<Result<SyncOutcome>> {
  const synced = await converge<Result<SyncOutcome>>(ROUNDS_MAX, async (round) => {
    const snapshot = await fetchSnapshot(config, subscriptionId, alsoInvoiceId);
    if (!snapshot.ok) return { done: snapshot };
    if (snapshot.value === null) return { done: ok("unknown") };
    const applied = await apply(env, config, snapshot.value, alsoInvoiceId, nowMs);
    if (!applied.ok) return { done: applied };
    if (applied.value === "again") return "again";
    if (applied.value === "unknown") return { done: ok("unknown") };
    return { done: ok(round === 0 ? "unchanged" : "changed") };
  });
  return synced ?? ok("changed");
}

/**
 * Brings a subscription to where it stands at Stripe now: what is known of it and of its newest
 * invoices, the credits that these give or take, the plan in force, and the order that it began
 * with.
 * @returns `unknown` when it is nobody's here, or for nothing that is sold here; or why Stripe
 *   could not be asked
 * @throws what D1 or the account threw; then doing it again finishes it
 */
export const syncSubscription = (
  env: Bindings,
  config: Config,
  subscriptionId: string,
  nowMs: number,
) => syncSnapshot(env, config, subscriptionId, null, nowMs);

/**
 * The same for the subscription that an invoice is for; the invoice itself is looked at however old
 * it is.
 */
export async function syncInvoice(
  env: Bindings,
  config: Config,
  invoiceId: string,
  nowMs: number,
): Promise<Result<SyncOutcome>> {
  const subscription = await askWhichSubscription(config, invoiceId);
  if (!subscription.ok) return subscription;
  return subscription.value === null
    ? ok("unknown")
    : await syncSnapshot(env, config, subscription.value, invoiceId, nowMs);
}
