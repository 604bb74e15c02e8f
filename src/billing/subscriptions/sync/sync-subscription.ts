import type { Actor } from "../../../actor.ts";
import { findUser, markFirstPayment } from "../../../auth/index.ts";
import { listSoldPrices } from "../../../catalog/index.ts";
import type { Context } from "../../../context.ts";
import { converge } from "../../../converge.ts";
import { type Database } from "../../../db.ts";
import { ok, type Result } from "../../../errors.ts";
import { applyEffectivePlan } from "../../entitlement/apply-effective-plan.ts";
import type { SyncOutcome } from "../../stripe/sync-outcome.ts";
import { importUnknownPrices } from "../../stripe-catalog/import-unknown-prices.ts";
import { grantInvoiceCredits } from "../invoices/grant-invoice-credits.ts";
import {
  findSubscription,
  findUserIdByCustomer,
  isLive,
  listSubscriptionInvoices,
  type Subscription,
} from "../store.ts";
import { cancelOlder, cancelWithProration } from "./cancel-older.ts";
import { completeSubscriptionOrder } from "./complete-order.ts";
import { fetchSnapshot, fetchSubscriptionId, type SubscriptionSnapshot } from "./fetch-snapshot.ts";
import { addMissingMeteredPrice } from "./metered-price.ts";
import { saveSnapshot } from "./save-snapshot.ts";
import type { SubscriptionFacts } from "./subscription-facts.ts";
import { type SoldPrices, toSubscriptionRow } from "./to-rows.ts";

/** After so many looks that each brought news, another delivery or the cron may go on. */
const ROUNDS_MAX = 5;

const ERASURE_ACTOR: Actor = { kind: "system", id: "subscriptions of erased users" };

/**
 * Whose a subscription is: the customer's, and of a customer that we do not know, whom its metadata
 * names.
 */
async function resolveOwner(db: Database, facts: SubscriptionFacts): Promise<string | null> {
  const known = await findUserIdByCustomer(db, facts.stripeCustomerId);
  if (known !== undefined) return known;
  return facts.userId !== null && (await findUser(db, facts.userId)) !== undefined
    ? facts.userId
    : null;
}

/** The prices of a subscription and of its invoices, by Stripe's ids. */
function priceIdsOf({ subscription, invoices }: SubscriptionSnapshot): string[] {
  const lines = invoices.flatMap(({ invoice }) => invoice.lines.map((line) => line.stripePriceId));
  const ids = new Set([...subscription.items.map((item) => item.stripePriceId), ...lines]);
  return [...ids].filter((id) => id !== null);
}

/** What the prices of a subscription and of its invoices sell here. */
export async function listSnapshotPrices(
  db: Database,
  snapshot: SubscriptionSnapshot,
): Promise<SoldPrices> {
  const sold = await listSoldPrices(db, priceIdsOf(snapshot));
  return new Map(sold.map((price) => [price.stripePriceId, price]));
}

/**
 * The same, and first asks Stripe for prices that are not known here: one that was just made for a
 * plan may be paid before its own event comes, and what a paid invoice gives is decided once.
 */
async function resolveSnapshotPrices(
  ctx: Context,
  snapshot: SubscriptionSnapshot,
): Promise<Result<SoldPrices>> {
  const { db } = ctx;
  const sold = await listSnapshotPrices(db, snapshot);
  const metered = new Set([...sold.values()].map((price) => price.meteredStripePriceId));
  const unknown = priceIdsOf(snapshot).filter((id) => !sold.has(id) && !metered.has(id));
  const imported = await importUnknownPrices(ctx, unknown);
  if (!imported.ok) return imported;
  return ok(imported.value ? await listSnapshotPrices(db, snapshot) : sold);
}

/**
 * Gives its user what a subscription stands for. Each step sets what should be, and may be
 * repeated.
 */
async function deliver(
  ctx: Context,
  row: Subscription,
  { orderId, alsoInvoiceId }: { orderId: string | null; alsoInvoiceId: string | null },
): Promise<void> {
  const { db, nowMs } = ctx;
  await grantInvoiceCredits(ctx, row.userId, alsoInvoiceId);
  await applyEffectivePlan(ctx, row.userId);
  const invoices = await listSubscriptionInvoices(db, row.id);
  if (invoices.some(({ paidMinor }) => paidMinor > 0))
    await markFirstPayment(db, row.userId, nowMs);
  const firstInvoice = invoices.toSorted(
    (a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1),
  )[0];
  await completeSubscriptionOrder(db, orderId, row, firstInvoice, nowMs);
}

/** What one look came to: `again` when somebody should look once more. */
type SnapshotOutcome = "unknown" | "same" | "again";

async function applySnapshot(
  ctx: Context,
  snapshot: SubscriptionSnapshot,
  alsoInvoiceId: string | null,
): Promise<Result<SnapshotOutcome>> {
  const { db, config, nowMs } = ctx;
  const userId = await resolveOwner(db, snapshot.subscription);
  if (userId === null) return ok("unknown");
  const priced = await resolveSnapshotPrices(ctx, snapshot);
  if (!priced.ok) return priced;
  const sold = priced.value;
  const stored = await findSubscription(db, snapshot.subscription.id);
  const rowContext = { userId, stored, sold, graceDays: config.PAST_DUE_GRACE_DAYS };
  const row = toSubscriptionRow(snapshot.subscription, snapshot.invoices, rowContext, nowMs);
  if (row === null) return ok("unknown");
  const hasChanged = await saveSnapshot(db, row, { billed: snapshot.invoices, sold }, nowMs);

  if ((await findUser(db, userId)) === undefined) {
    if (!isLive(row)) return ok(hasChanged ? "again" : "same");
    const ended = await cancelWithProration(ctx, row, {
      actor: ERASURE_ACTOR,
      reason: "Its user was deleted.",
    });
    return ended.ok ? ok("again") : ended;
  }
  await deliver(ctx, row, { orderId: snapshot.subscription.orderId, alsoInvoiceId });
  const ended = await cancelOlder(ctx, userId);
  if (!ended.ok) return ended;
  for (const id of ended.value) {
    const synced = id === row.id ? ok(null) : await syncSnapshot(ctx, id, null);
    if (!synced.ok) return synced;
  }
  if (ended.value.includes(row.id)) return ok("again");
  // Last: whatever Stripe has against it, nobody pays for two subscriptions meanwhile.
  const metered = await addMissingMeteredPrice(config, snapshot.subscription, sold);
  if (!metered.ok) return metered;
  return ok(hasChanged || metered.value ? "again" : "same");
}

/**
 * Asks how a subscription stands, and brings everything here to that. Two may do this at once, each
 * having asked at its own time: so whoever brought news asks once more, until there is none.
 */
async function syncSnapshot(
  ctx: Context,
  subscriptionId: string,
  alsoInvoiceId: string | null,
): Promise<Result<SyncOutcome>> {
  const { config } = ctx;
  const synced = await converge<Result<SyncOutcome>>(ROUNDS_MAX, async (round) => {
    const snapshot = await fetchSnapshot(config, subscriptionId, alsoInvoiceId);
    if (!snapshot.ok) return { done: snapshot };
    if (snapshot.value === null) return { done: ok("unknown") };
    const applied = await applySnapshot(ctx, snapshot.value, alsoInvoiceId);
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
export const syncSubscription = (ctx: Context, subscriptionId: string) =>
  syncSnapshot(ctx, subscriptionId, null);

/**
 * The same for the subscription that an invoice is for; the invoice itself is looked at however old
 * it is.
 */
export async function syncInvoice(ctx: Context, invoiceId: string): Promise<Result<SyncOutcome>> {
  const { config } = ctx;
  const subscription = await fetchSubscriptionId(config, invoiceId);
  if (!subscription.ok) return subscription;
  return subscription.value === null
    ? ok("unknown")
    : await syncSnapshot(ctx, subscription.value, invoiceId);
}
