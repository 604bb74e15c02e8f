import { findUser } from "../../auth/index.ts";
import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { findSessionOfOrder, type Order } from "../orders/store.ts";
import { fetchOrderDecision } from "../orders/sync-one-time-order.ts";
import { callStripe } from "../stripe/stripe.ts";
import { hasBegun } from "../subscriptions/sync/complete-order.ts";
import { toSubscriptionFacts } from "../subscriptions/sync/subscription-facts.ts";
import { compareGrant } from "./compare-grant.ts";
import { type Difference, diffFields } from "./difference.ts";
import { decideExpectedOrder } from "./expected-order.ts";
import type { GrantLookup } from "./grant-lookup.ts";
import { isMissingAtStripe } from "../stripe/stripe-failure.ts";

const isMissing = (result: Result<unknown>): boolean =>
  !result.ok && isMissingAtStripe(result.failure);

/** What a checkout page or payment that Stripe does not know makes of its order. */
const paymentMissing = ({ id, userId, status }: Order, stripeId: string | null): Difference[] => [
  {
    subject: { id, userId, isRepairable: false },
    what: "payment",
    here: { status, stripeId },
    atStripe: null,
  },
];

/**
 * The order that a subscription begins with is delivered by its invoices: it is complete once the
 * subscription has begun.
 */
async function compareSubscriptionOrder(
  config: Config,
  order: Order,
  stripeId: string,
): Promise<Result<Difference[]>> {
  const page = await callStripe(config, (stripe) =>
    stripe.checkout.sessions.retrieve(stripeId, { expand: ["subscription"] }),
  );
  if (!page.ok) return isMissing(page) ? ok(paymentMissing(order, stripeId)) : page;
  const { status, subscription } = page.value;
  const hasStarted =
    typeof subscription === "object" &&
    subscription !== null &&
    hasBegun(toSubscriptionFacts(subscription));
  const open = status === "expired" ? "failed" : "pending";
  const subject = { id: order.id, userId: order.userId, isRepairable: true };
  return ok(
    diffFields(
      subject,
      "order",
      { status: order.status },
      { status: hasStarted ? "completed" : open },
    ),
  );
}

async function compareOneTimeOrder(
  ctx: Context,
  order: Order,
  { stripeId, grants }: { stripeId: string | null; grants: GrantLookup },
): Promise<Result<Difference[]>> {
  const { db, config } = ctx;
  const decided = await fetchOrderDecision(config, order, {
    boundStripeId: stripeId,
    requestedStripeId: null,
  });
  if (!decided.ok)
    return isMissing(decided)
      ? ok(paymentMissing(order, stripeId ?? order.stripePaymentIntentId))
      : decided;
  const buyerIsGone = (await findUser(db, order.userId)) === undefined;
  const expected = decideExpectedOrder(order, decided.value, buyerIsGone);
  const { id, userId, status, paidMinor, refundedMinor } = order;
  const subject = { id, userId, isRepairable: expected.isRepairable };
  const here = expected.order === null ? null : { status, paidMinor, refundedMinor };
  const differences = diffFields(
    subject,
    "order",
    here,
    expected.order === null ? null : { ...expected.order },
  );
  if (buyerIsGone || expected.order === null) return ok(differences);
  const grant = await grants.find(userId, `order:${id}`);
  return ok(
    grant === null
      ? differences
      : [...differences, ...compareGrant(subject, grant ?? undefined, expected.grant)],
  );
}

/**
 * Compares an order, and the credits that it gave, with what Stripe says of its payment. Changes
 * nothing.
 * @returns the differences; why Stripe could not be asked
 */
export async function compareOrder(
  ctx: Context,
  order: Order,
  grants: GrantLookup,
): Promise<Result<Difference[]>> {
  const { db, config } = ctx;
  const stripeId = (await findSessionOfOrder(db, order.id))?.stripeId ?? null;
  if (order.kind !== "subscription")
    return await compareOneTimeOrder(ctx, order, { stripeId, grants });
  return stripeId === null ? ok([]) : await compareSubscriptionOrder(config, order, stripeId);
}
