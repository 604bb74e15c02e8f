import type { Actor } from "../../../actor.ts";
import { findUser, markFirstPayment } from "../../../auth/index.ts";
import type { Context } from "../../../context.ts";
import { converge } from "../../../converge.ts";
import type { Database } from "../../../db.ts";
import { ok, type Result } from "../../../errors.ts";
import { applyEffectivePlan } from "../../entitlement/apply-effective-plan.ts";
import { findSessionOfOrder } from "../../orders/store.ts";
import { withLease } from "../../stripe/lease.ts";
import { listRecentEvents, markCovered, SUBSCRIPTION_EVENTS } from "../../stripe/recent-events.ts";
import type { SyncOutcome } from "../../stripe/sync-outcome.ts";
import { grantInvoiceCredits } from "../invoices/grant-invoice-credits.ts";
import {
  findSubscription,
  findSubscriptionIdOfInvoice,
  findUserIdByCustomer,
  isLive,
  listLiveSubscriptions,
  listSubscriptionInvoices,
  type Subscription,
} from "../store.ts";
import { admitTrial, CARD_HAD_TRIAL } from "./admit-trial.ts";
import { cancelOlder, cancelWithProration } from "./cancel-older.ts";
import { completeSubscriptionOrder } from "./complete-order.ts";
import {
  fetchSnapshot,
  fetchSubscriptionId,
  objectIdsOf,
  type SubscriptionSnapshot,
} from "./fetch-snapshot.ts";
import { followSuspension } from "./follow-suspension.ts";
import { mailSubscriptionNotices } from "./mail-notices.ts";
import { addMissingMeteredPrice } from "./metered-price.ts";
import { saveSnapshot } from "./save-snapshot.ts";
import { resolveSnapshotPrices } from "./snapshot-prices.ts";
import type { SubscriptionFacts } from "./subscription-facts.ts";
import { toSubscriptionRow } from "./to-rows.ts";

/** The maximum of rounds that each change something. The next event or the cron continues. */
const ROUNDS_MAX = 5;

const TRIAL_ACTOR: Actor = { kind: "system", id: "one trial for a card" };
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
  {
    orderId,
    alsoInvoiceId,
    refusal,
  }: { orderId: string | null; alsoInvoiceId: string | null; refusal: string | null },
): Promise<void> {
  const { db, nowMs } = ctx;
  await grantInvoiceCredits(ctx, row.userId, alsoInvoiceId);
  await applyEffectivePlan(ctx, row.userId);
  const invoices = await listSubscriptionInvoices(db, row.id);
  if (invoices.some(({ paidMinor }) => paidMinor > 0))
    await markFirstPayment(db, row.userId, nowMs);
  await completeSubscriptionOrder(ctx, orderId, row, invoices, refusal);
}

/**
 * The result of applying one snapshot. `again`: the subscription was changed at Stripe, so a newer
 * one has to be fetched.
 */
type SnapshotOutcome = "unknown" | "same" | "changed" | "again";

/** The result, and the subscriptions that were ended for this one: they are to be synced too. */
interface Applied {
  readonly outcome: SnapshotOutcome;
  readonly endedIds: readonly string[];
}

const applied = (outcome: SnapshotOutcome, endedIds: readonly string[] = []): Result<Applied> =>
  ok({ outcome, endedIds });

async function applySnapshot(
  ctx: Context,
  snapshot: SubscriptionSnapshot,
  alsoInvoiceId: string | null,
): Promise<Result<Applied>> {
  const { db, config, nowMs } = ctx;
  const { subscription: facts, invoices } = snapshot;
  const userId = await resolveOwner(db, facts);
  if (userId === null) return applied("unknown");
  const prices = await resolveSnapshotPrices(ctx, snapshot);
  if (!prices.ok) return prices;
  const sold = prices.value;
  const stored = await findSubscription(db, facts.id);
  const rowContext = { userId, stored, sold, graceDays: config.PAST_DUE_GRACE_DAYS };
  const row = toSubscriptionRow(facts, invoices, rowContext, nowMs);
  if (row === null) return applied("unknown");
  const isAdmitted = await admitTrial(ctx, facts, userId);
  if (!isAdmitted.ok) return isAdmitted;
  const refusal = isAdmitted.value ? null : CARD_HAD_TRIAL;
  if (refusal !== null && row.status === "trialing") {
    // Before it is stored: it entitles to nothing.
    const ended = await cancelWithProration(ctx, row, { actor: TRIAL_ACTOR, reason: refusal });
    return ended.ok ? applied("again") : ended;
  }
  const hasChanged = await saveSnapshot(ctx, row, { invoices, sold });

  const user = await findUser(db, userId);
  if (user === undefined) {
    if (!isLive(row)) return applied(hasChanged ? "changed" : "same");
    const canceled = await cancelWithProration(ctx, row, {
      actor: ERASURE_ACTOR,
      reason: "Its user was deleted.",
    });
    return canceled.ok ? applied("again") : canceled;
  }
  await deliver(ctx, row, { orderId: facts.orderId, alsoInvoiceId, refusal });
  await mailSubscriptionNotices(ctx, row, snapshot, sold);
  const canceled = await cancelOlder(ctx, userId);
  if (!canceled.ok) return canceled;
  const endedIds = canceled.value.filter((id) => id !== row.id);
  if (canceled.value.includes(row.id)) return applied("again", endedIds);
  // Last, so that nobody pays for two subscriptions even if Stripe refuses the price.
  const metered = await addMissingMeteredPrice(config, facts, sold);
  if (!metered.ok) return metered;
  const followed = await followSuspension(ctx, facts, user);
  if (!followed.ok) return followed;
  const isNewer = metered.value || followed.value;
  return applied(isNewer ? "again" : hasChanged ? "changed" : "same", endedIds);
}

/** Returns the checkout page of the order that a subscription began with, once it is completed. */
async function listCompletedPages(db: Database, orderId: string | null): Promise<string[]> {
  const session = orderId === null ? undefined : await findSessionOfOrder(db, orderId);
  return session?.status === "succeeded" && session.stripeId !== null ? [session.stripeId] : [];
}

/** Looks at a subscription once: fetches it, applies it, and marks the events that told of it. */
async function lookOnce(
  ctx: Context,
  subscriptionId: string,
  alsoInvoiceId: string | null,
): Promise<Result<Applied>> {
  const events = await listRecentEvents(ctx, SUBSCRIPTION_EVENTS);
  if (!events.ok) return events;
  const snapshot = await fetchSnapshot(ctx.config, subscriptionId, alsoInvoiceId);
  if (!snapshot.ok) return snapshot;
  if (snapshot.value === null) return applied("unknown");
  const result = await applySnapshot(ctx, snapshot.value, alsoInvoiceId);
  if (!result.ok || result.value.outcome === "unknown" || result.value.outcome === "again")
    return result;
  const pages = await listCompletedPages(ctx.db, snapshot.value.subscription.orderId);
  const objectIds = objectIdsOf(snapshot.value, alsoInvoiceId, ctx.nowMs);
  await markCovered(ctx, events.value, new Set([...objectIds, ...pages]));
  return result;
}

/**
 * Fetches a subscription and applies it, and then those that ended for it. Two calls may run at
 * once with snapshots of different moments, so a call that changed something, and was not alone,
 * fetches once more.
 */
async function syncSnapshot(
  ctx: Context,
  subscriptionId: string,
  alsoInvoiceId: string | null,
): Promise<Result<SyncOutcome>> {
  const endedIds = new Set<string>();
  const holder = crypto.randomUUID();
  const lease = { key: subscriptionId, holder, shouldWait: false };
  const synced = await converge<Result<SyncOutcome>>(ROUNDS_MAX, async (round) => {
    const look = await withLease(ctx, lease, () => lookOnce(ctx, subscriptionId, alsoInvoiceId));
    if (!look.value.ok) return { done: look.value };
    const { outcome } = look.value.value;
    for (const id of look.value.value.endedIds) endedIds.add(id);
    if (outcome === "again" || (outcome === "changed" && !look.wasAlone)) return "again";
    if (outcome === "unknown") return { done: ok("unknown") };
    return { done: ok(round === 0 && outcome === "same" ? "unchanged" : "changed") };
  });
  if (synced?.ok === false) return synced;
  for (const id of endedIds) {
    const ended = await syncSnapshot(ctx, id, null);
    if (!ended.ok) return ended;
  }
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

/**
 * Syncs all subscriptions of a user that charge or may charge again, after the user was suspended
 * or resumed.
 * @returns the failures of `syncSubscription`
 */
export async function syncLiveSubscriptions(ctx: Context, userId: string): Promise<Result<true>> {
  for (const { id } of await listLiveSubscriptions(ctx.db, userId)) {
    const synced = await syncSubscription(ctx, id);
    if (!synced.ok) return synced;
  }
  return ok(true);
}

/** Syncs the subscription that an invoice is for, and the invoice itself however old it is. */
export async function syncInvoice(ctx: Context, invoiceId: string): Promise<Result<SyncOutcome>> {
  const known = await findSubscriptionIdOfInvoice(ctx.db, invoiceId);
  const subscriptionId =
    known === undefined ? await fetchSubscriptionId(ctx.config, invoiceId) : ok(known);
  if (!subscriptionId.ok) return subscriptionId;
  return subscriptionId.value === null
    ? ok("unknown")
    : await syncSnapshot(ctx, subscriptionId.value, invoiceId);
}
