import { findUser } from "../../auth/index.ts";
import type { Config } from "../../config.ts";
import { type Database, database } from "../../db.ts";
import type { Env } from "../../env.ts";
import { ok, type Result } from "../../errors.ts";
import { decideOrder } from "../orders/settle-order.ts";
import { findSessionOfOrder, type Order } from "../orders/store.ts";
import { askStripe } from "../stripe/stripe.ts";
import { hasBegun } from "../subscriptions/sync/complete-order.ts";
import { factsOfSubscription } from "../subscriptions/sync/subscription-facts.ts";
import { type Difference, differencesOf } from "./difference.ts";
import { grantDrift } from "./grant-drift.ts";
import type { GrantLookup } from "./grant-lookup.ts";
import { orderAtStripe } from "./order-at-stripe.ts";

const isMissing = (result: Result<unknown>): boolean =>
  !result.ok && result.failure.param === "resource_missing";

/** What a checkout page or payment that Stripe does not know makes of its order. */
const gone = ({ id, userId, status }: Order, stripeId: string | null): Difference[] => [
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
async function ofSubscription(
  config: Config,
  order: Order,
  stripeId: string,
): Promise<Result<Difference[]>> {
  const page = await askStripe(config, (stripe) =>
    stripe.checkout.sessions.retrieve(stripeId, { expand: ["subscription"] }),
  );
  if (!page.ok) return isMissing(page) ? ok(gone(order, stripeId)) : page;
  const { status, subscription } = page.value;
  const begun =
    typeof subscription === "object" &&
    subscription !== null &&
    hasBegun(factsOfSubscription(subscription));
  const open = status === "expired" ? "failed" : "pending";
  const subject = { id: order.id, userId: order.userId, heals: true };
  return ok(
    differencesOf(
      subject,
      "order",
      { status: order.status },
      { status: begun ? "completed" : open },
    ),
  );
}

async function soldOnce(
  db: Database,
  config: Config,
  order: Order,
  { stripeId, grants }: { stripeId: string | null; grants: GrantLookup },
): Promise<Result<Difference[]>> {
  const decided = await decideOrder(config, order, { bound: stripeId, offeredId: null });
  if (!decided.ok)
    return isMissing(decided) ? ok(gone(order, stripeId ?? order.stripePaymentIntentId)) : decided;
  const buyerIsGone = (await findUser(db, order.userId)) === undefined;
  const due = orderAtStripe(order, decided.value, buyerIsGone);
  const { id, userId, status, paidMinor, refundedMinor } = order;
  const subject = { id, userId, heals: due.isRepairable };
  const here = due.order === null ? null : { status, paidMinor, refundedMinor };
  const differences = differencesOf(
    subject,
    "order",
    here,
    due.order === null ? null : { ...due.order },
  );
  if (buyerIsGone || due.order === null) return ok(differences);
  const grant = await grants.of(userId, `order:${id}`);
  return ok(
    grant === null
      ? differences
      : [...differences, ...grantDrift(subject, grant ?? undefined, due.grant)],
  );
}

/**
 * Compares an order, and the credits that it gave, with what Stripe says of its payment. Changes
 * nothing.
 * @returns the differences; why Stripe could not be asked
 */
export async function orderDrift(
  env: Pick<Env, "DB">,
  config: Config,
  order: Order,
  grants: GrantLookup,
): Promise<Result<Difference[]>> {
  const db = database(env.DB);
  const stripeId = (await findSessionOfOrder(db, order.id))?.stripeId ?? null;
  if (order.kind !== "subscription") return await soldOnce(db, config, order, { stripeId, grants });
  return stripeId === null ? ok([]) : await ofSubscription(config, order, stripeId);
}
