import { findUser } from "../../auth/index.ts";
import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { findSessionOfOrder, type Order } from "../orders/store.ts";
import { fetchOrderDecision } from "../orders/sync-one-time-order.ts";
import { callStripe } from "../stripe/stripe.ts";
import { isMissingAtStripe } from "../stripe/stripe-failure.ts";
import { toInvoiceStatus } from "../subscriptions/invoices/invoice-facts.ts";
import { hasBegun, hasFailedToBegin } from "../subscriptions/sync/complete-order.ts";
import { toSubscriptionFacts } from "../subscriptions/sync/subscription-facts.ts";
import { compareGrant } from "./compare-grant.ts";
import { type Difference, diffFields } from "./difference.ts";
import { decideExpectedOrder } from "./expected-order.ts";
import type { GrantLookup } from "./grant-lookup.ts";

/** Returns the difference of an order whose checkout page or payment Stripe does not have. */
const missingPayment = ({ id, userId, status }: Order, stripeId: string | null): Difference[] => [
  {
    subject: { id, userId, isRepairable: false },
    name: "payment",
    stored: { status, stripeId },
    atStripe: null,
  },
];

/**
 * Compares the order that a subscription begins with. Invoices deliver it, so it is complete once
 * the subscription has begun.
 */
async function compareSubscriptionOrder(
  config: Config,
  order: Order,
  stripeId: string,
): Promise<Result<Difference[]>> {
  const page = await callStripe(config, (stripe) =>
    stripe.checkout.sessions.retrieve(stripeId, { expand: ["subscription", "invoice"] }),
  );
  if (!page.ok) return isMissingAtStripe(page.failure) ? ok(missingPayment(order, stripeId)) : page;
  const { status: pageStatus, subscription, invoice } = page.value;
  const invoices =
    typeof invoice === "object" && invoice !== null ? [{ status: toInvoiceStatus(invoice) }] : [];
  const facts =
    typeof subscription === "object" && subscription !== null
      ? toSubscriptionFacts(subscription)
      : null;
  const hasStarted = facts !== null && hasBegun(facts, invoices);
  const hasFailed =
    pageStatus === "expired" || (facts !== null && hasFailedToBegin(facts, invoices));
  const { id, userId, status } = order;
  const atStripe = { status: hasStarted ? "completed" : hasFailed ? "failed" : "pending" };
  return ok(diffFields({ id, userId, isRepairable: true }, "order", { status }, atStripe));
}

async function compareOneTimeOrder(
  ctx: Context,
  order: Order,
  { boundStripeId, grants }: { boundStripeId: string | null; grants: GrantLookup },
): Promise<Result<Difference[]>> {
  const { db, config } = ctx;
  const { id, userId, status, paidMinor, refundedMinor } = order;
  const pages = { boundStripeId, requestedStripeId: null };
  const decided = await fetchOrderDecision(config, order, pages);
  if (!decided.ok)
    return isMissingAtStripe(decided.failure)
      ? ok(missingPayment(order, boundStripeId ?? order.stripePaymentIntentId))
      : decided;
  const buyerIsGone = (await findUser(db, userId)) === undefined;
  const expected = decideExpectedOrder(order, decided.value, buyerIsGone);
  if (expected.order === null) return ok([]);
  const subject = { id, userId, isRepairable: expected.isRepairable };
  const stored = { status, paidMinor, refundedMinor };
  const differences = diffFields(subject, "order", stored, { ...expected.order });
  if (buyerIsGone) return ok(differences);
  const found = await grants.find(userId, `order:${id}`);
  return ok(
    found.known
      ? [...differences, ...compareGrant(subject, found.grant, expected.grant)]
      : differences,
  );
}

/**
 * Compares an order, and the credits that it gave, with its payment at Stripe. Changes nothing.
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
    return await compareOneTimeOrder(ctx, order, { boundStripeId: stripeId, grants });
  return stripeId === null ? ok([]) : await compareSubscriptionOrder(config, order, stripeId);
}
