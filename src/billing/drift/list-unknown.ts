import type Stripe from "stripe";
import { listSoldPrices } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { ok, type Result } from "../../errors.ts";
import { SECOND_MS } from "../../time.ts";
import { findOrder } from "../orders/store.ts";
import { callStripe } from "../stripe/stripe.ts";
import { findSubscription } from "../subscriptions/store.ts";
import { toSubscriptionFacts } from "../subscriptions/sync/subscription-facts.ts";
import type { Difference } from "./difference.ts";
import type { DriftPage, DriftQuery } from "./drift-page.ts";

const toListParams = ({ fromMs, toMs, limit, cursor }: DriftQuery) => ({
  created: { gte: Math.floor(fromMs / SECOND_MS), lt: Math.ceil(toMs / SECOND_MS) },
  limit,
  ...(cursor === undefined ? {} : { starting_after: cursor }),
});

const toDriftPage = (
  { data, has_more }: Stripe.ApiList<{ readonly id: string }>,
  differences: readonly Difference[],
): DriftPage => ({
  checked: data.length,
  differences,
  nextCursor: has_more ? (data.at(-1)?.id ?? null) : null,
});

async function compareSession(
  db: Database,
  { id, status, payment_status, amount_total, currency, metadata }: Stripe.Checkout.Session,
): Promise<Difference[]> {
  const orderId = metadata?.["orderId"];
  if (orderId === undefined || status !== "complete") return [];
  if ((await findOrder(db, orderId)) !== undefined) return [];
  const subject = { id, userId: metadata?.["userId"] ?? null, isRepairable: false };
  const atStripe = { orderId, paymentStatus: payment_status, amountMinor: amount_total, currency };
  return [{ subject, name: "order", stored: null, atStripe }];
}

/** Lists completed checkout sessions at Stripe that name an order which is not here. */
export async function listUnknownSessions(
  { db, config }: Context,
  query: DriftQuery,
): Promise<Result<DriftPage>> {
  const page = await callStripe(config, (stripe) =>
    stripe.checkout.sessions.list(toListParams(query)),
  );
  if (!page.ok) return page;
  const differences: Difference[] = [];
  for (const session of page.value.data) differences.push(...(await compareSession(db, session)));
  return ok(toDriftPage(page.value, differences));
}

/** Lists subscriptions at Stripe to plans that are sold here, and that are not known here. */
export async function listUnknownSubscriptions(
  { db, config }: Context,
  query: DriftQuery,
): Promise<Result<DriftPage>> {
  const page = await callStripe(config, (stripe) =>
    stripe.subscriptions.list({ ...toListParams(query), status: "all" }),
  );
  if (!page.ok) return page;
  const listed = page.value.data.map(toSubscriptionFacts);
  const priceIds = listed.flatMap(({ items }) => items.map((item) => item.stripePriceId));
  const sold = new Set((await listSoldPrices(db, priceIds)).map((price) => price.stripePriceId));
  const differences: Difference[] = [];
  for (const { id, userId, status, items, stripeCustomerId } of listed) {
    const isSoldHere = items.some((item) => sold.has(item.stripePriceId));
    if (!isSoldHere || status === "incomplete_expired") continue;
    if ((await findSubscription(db, id)) !== undefined) continue;
    differences.push({
      subject: { id, userId, isRepairable: true },
      name: "subscription",
      stored: null,
      atStripe: { status, customer: stripeCustomerId },
    });
  }
  return ok(toDriftPage(page.value, differences));
}
