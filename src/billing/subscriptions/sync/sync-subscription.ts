import type { Actor } from "../../../actor.ts";
import { findUser, markFirstPayment } from "../../../auth/index.ts";
import type { Context } from "../../../context.ts";
import { converge } from "../../../converge.ts";
import type { Database } from "../../../db.ts";
import { ok, type Result } from "../../../errors.ts";
import { applyEffectivePlan } from "../../entitlement/apply-effective-plan.ts";
import type { SyncOutcome } from "../../stripe/sync-outcome.ts";
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
import { resolveSnapshotPrices } from "./snapshot-prices.ts";
import type { SubscriptionFacts } from "./subscription-facts.ts";
import { toSubscriptionRow } from "./to-rows.ts";

/** The maximum of rounds that each change something. The next event or the cron continues. */
const ROUNDS_MAX = 5;

const ERASURE_ACTOR: Actor = { kind: "system", id: "subscriptions of erased users" };

/**
 * Resolves the owner of a subscription: the user of its customer, and for a customer that we do not
 * know the user that its metadata names. Null when no user owns it.
 */
async function resolveOwner(db: Database, facts: SubscriptionFacts): Promise<string | null> {
  const known = await findUserIdByCustomer(db, facts.stripeCustomerId);
  if (known !== undefined) return known;
  return facts.userId !== null && (await findUser(db, facts.userId)) !== undefined
    ? facts.userId
    : null;
}

/**
 * Delivers a stored subscription to its user: credits, plan, first payment, and the order that it
 * began with. Each step sets an absolute state, and may be repeated.
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
  await completeSubscriptionOrder(ctx, orderId, row, invoices);
}

/** The result of applying one snapshot: `again` when a newer one has to be fetched. */
type SnapshotOutcome = "unknown" | "same" | "again";

async function applySnapshot(
  ctx: Context,
  snapshot: SubscriptionSnapshot,
  alsoInvoiceId: string | null,
): Promise<Result<SnapshotOutcome>> {
  const { db, config, nowMs } = ctx;
  const { subscription: facts, invoices } = snapshot;
  const userId = await resolveOwner(db, facts);
  if (userId === null) return ok("unknown");
  const prices = await resolveSnapshotPrices(ctx, snapshot);
  if (!prices.ok) return prices;
  const sold = prices.value;
  const stored = await findSubscription(db, facts.id);
  const rowContext = { userId, stored, sold, graceDays: config.PAST_DUE_GRACE_DAYS };
  const row = toSubscriptionRow(facts, invoices, rowContext, nowMs);
  if (row === null) return ok("unknown");
  const hasChanged = await saveSnapshot(ctx, row, { invoices, sold });

  if ((await findUser(db, userId)) === undefined) {
    if (!isLive(row)) return ok(hasChanged ? "again" : "same");
    const canceled = await cancelWithProration(ctx, row, {
      actor: ERASURE_ACTOR,
      reason: "Its user was deleted.",
    });
    return canceled.ok ? ok("again") : canceled;
  }
  await deliver(ctx, row, { orderId: facts.orderId, alsoInvoiceId });
  const canceled = await cancelOlder(ctx, userId);
  if (!canceled.ok) return canceled;
  for (const id of canceled.value) {
    const synced = id === row.id ? ok(null) : await syncSnapshot(ctx, id, null);
    if (!synced.ok) return synced;
  }
  if (canceled.value.includes(row.id)) return ok("again");
  // Last, so that nobody pays for two subscriptions even if Stripe refuses the price.
  const metered = await addMissingMeteredPrice(config, facts, sold);
  if (!metered.ok) return metered;
  return ok(hasChanged || metered.value ? "again" : "same");
}

/**
 * Fetches a subscription and applies it, until a snapshot changes nothing. Two calls may run at
 * once with snapshots of different moments, so a call that changed something fetches once more.
 */
async function syncSnapshot(
  ctx: Context,
  subscriptionId: string,
  alsoInvoiceId: string | null,
): Promise<Result<SyncOutcome>> {
  const synced = await converge<Result<SyncOutcome>>(ROUNDS_MAX, async (round) => {
    const snapshot = await fetchSnapshot(ctx.config, subscriptionId, alsoInvoiceId);
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
 * Syncs a subscription with Stripe: its row and the rows of its newest invoices, the credits that
 * these give or take, the effective plan, and the order that it began with.
 * @returns `unknown` when it belongs to no user, or is for no price of the catalog; or why Stripe
 *   could not be asked
 * @throws the error of D1 or of the account; repeating the call finishes it
 */
export const syncSubscription = (ctx: Context, subscriptionId: string) =>
  syncSnapshot(ctx, subscriptionId, null);

/** Syncs the subscription that an invoice is for, and the invoice itself however old it is. */
export async function syncInvoice(ctx: Context, invoiceId: string): Promise<Result<SyncOutcome>> {
  const subscriptionId = await fetchSubscriptionId(ctx.config, invoiceId);
  if (!subscriptionId.ok) return subscriptionId;
  return subscriptionId.value === null
    ? ok("unknown")
    : await syncSnapshot(ctx, subscriptionId.value, invoiceId);
}
