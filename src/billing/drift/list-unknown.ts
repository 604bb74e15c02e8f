import { listSoldPrices } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { findOrder } from "../orders/store.ts";
import { callStripe } from "../stripe/stripe.ts";
import { findSubscription } from "../subscriptions/store.ts";
import { toSubscriptionFacts } from "../subscriptions/sync/subscription-facts.ts";
import type { Difference } from "./difference.ts";
import type { DriftPage, DriftQuery } from "./drift-page.ts";

const createdParam = ({ fromMs, toMs }: DriftQuery) => ({
  gte: Math.floor(fromMs / 1000),
  lt: Math.ceil(toMs / 1000),
});
const cursorParam = ({ cursor }: DriftQuery) =>
  cursor === undefined ? {} : { starting_after: cursor };

/** Paid checkout sessions that name an order of ours, which is not there. */
export async function listUnknownSessions(
  ctx: Context,
  query: DriftQuery,
): Promise<Result<DriftPage>> {
  const { db, config } = ctx;
  const page = await callStripe(config, (stripe) =>
    stripe.checkout.sessions.list({
      created: createdParam(query),
      limit: query.limit,
      ...cursorParam(query),
    }),
  );
  if (!page.ok) return page;
  const differences: Difference[] = [];
  for (const { id, status, payment_status, amount_total, currency, metadata } of page.value.data) {
    const orderId = metadata?.["orderId"];
    if (
      orderId === undefined ||
      status !== "complete" ||
      (await findOrder(db, orderId)) !== undefined
    )
      continue;
    const atStripe = {
      orderId,
      paymentStatus: payment_status,
      amountMinor: amount_total,
      currency,
    };
    const subject = { id, userId: metadata?.["userId"] ?? null, isRepairable: false };
    differences.push({ subject, what: "order", here: null, atStripe });
  }
  const last = page.value.data.at(-1)?.id;
  return ok({
    checked: page.value.data.length,
    differences,
    nextCursor: page.value.has_more ? (last ?? null) : null,
  });
}

/** Subscriptions to what is sold here that are not known here. */
export async function listUnknownSubscriptions(
  ctx: Context,
  query: DriftQuery,
): Promise<Result<DriftPage>> {
  const { db, config } = ctx;
  const page = await callStripe(config, (stripe) =>
    stripe.subscriptions.list({
      created: createdParam(query),
      status: "all",
      limit: query.limit,
      ...cursorParam(query),
    }),
  );
  if (!page.ok) return page;
  const listed = page.value.data.map(toSubscriptionFacts);
  const prices = listed.flatMap((one) => one.items.map((item) => item.stripePriceId));
  const sold = new Set((await listSoldPrices(db, prices)).map((price) => price.stripePriceId));
  const differences: Difference[] = [];
  for (const { id, userId, status, items, stripeCustomerId } of listed) {
    const isOurs = items.some((item) => sold.has(item.stripePriceId));
    if (
      !isOurs ||
      status === "incomplete_expired" ||
      (await findSubscription(db, id)) !== undefined
    )
      continue;
    const subject = { id, userId, isRepairable: true };
    differences.push({
      subject,
      what: "subscription",
      here: null,
      atStripe: { status, customer: stripeCustomerId },
    });
  }
  const last = listed.at(-1)?.id;
  return ok({
    checked: listed.length,
    differences,
    nextCursor: page.value.has_more ? (last ?? null) : null,
  });
}
