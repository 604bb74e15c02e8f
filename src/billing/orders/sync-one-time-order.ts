import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
import { converge } from "../../converge.ts";
import { ok, type Result } from "../../errors.ts";
import { fetchReversals } from "../payments/fetch-reversals.ts";
import type { PaymentFacts } from "../payments/payment-facts.ts";
import { NO_REVERSALS } from "../payments/payment-state.ts";
import { callStripe } from "../stripe/stripe.ts";
import { failUndeliverable, fulfilOrder } from "./fulfil-order.ts";
import { decideFulfilment, type FulfilmentDecision } from "./fulfilment-decision.ts";
import { decideIntent } from "./intents/intent-decision.ts";
import { INTENT_EXPAND, toIntentFacts } from "./intents/intent-facts.ts";
import { chargeOf, SESSION_EXPAND, toSessionFacts } from "./session-facts.ts";
import { failOrder, findOrder, findSessionOfOrder, markProcessing, type Order } from "./store.ts";

/** What became of an order; `unknown` when what Stripe speaks of belongs to none of ours. */
export type OrderOutcome = FulfilmentDecision["kind"] | "unknown";

/**
 * More than ever happens: each round but the first follows from news that came while the one before
 * was applied.
 */
const ROUNDS_MAX = 8;

/** What is to be done about an order, and the money that came for it, if any did. */
export interface OrderDecision {
  readonly decision: FulfilmentDecision;
  readonly payment: PaymentFacts | null;
}

const NOTHING: OrderDecision = { decision: { kind: "nothing" }, payment: null };

async function decideBySession(
  config: Config,
  order: Order,
  boundStripeId: string | null,
  stripeId: string,
): Promise<Result<OrderDecision>> {
  const fetched = await callStripe(config, (stripe) =>
    stripe.checkout.sessions.retrieve(stripeId, { expand: SESSION_EXPAND }),
  );
  if (!fetched.ok) return fetched;
  const facts = toSessionFacts(fetched.value);
  const decision = decideFulfilment(order, boundStripeId, facts);
  // The page was closed so that an intent could take its place.
  if (decision.kind === "expire" && order.stripePaymentIntentId !== null) return ok(NOTHING);
  if (decision.kind !== "fulfil" && facts.paymentStatus !== "paid")
    return ok({ decision, payment: null });
  const { paymentIntentId, paidAtMs, paidMinor } = facts;
  const intent =
    typeof fetched.value.payment_intent === "object" ? fetched.value.payment_intent : null;
  const reversals =
    paymentIntentId === null
      ? ok(NO_REVERSALS)
      : await fetchReversals(config, paymentIntentId, chargeOf(intent));
  if (!reversals.ok) return reversals;
  const payment = {
    paymentIntentId,
    stripeSessionId: facts.stripeId,
    paidMinor: paidMinor ?? 0,
    paidAtMs,
    reversals: reversals.value,
  };
  return ok({ decision, payment });
}

async function decideByIntent(
  config: Config,
  order: Order,
  intentId: string,
): Promise<Result<OrderDecision>> {
  const fetched = await callStripe(config, (stripe) =>
    stripe.paymentIntents.retrieve(intentId, { expand: INTENT_EXPAND }),
  );
  if (!fetched.ok) return fetched;
  const facts = toIntentFacts(fetched.value);
  const decision = decideIntent(order, facts);
  if (facts.status !== "succeeded") return ok({ decision, payment: null });
  const reversals = await fetchReversals(config, facts.id, chargeOf(fetched.value));
  if (!reversals.ok) return reversals;
  const { id: paymentIntentId, receivedMinor: paidMinor, paidAtMs } = facts;
  return ok({
    decision,
    payment: {
      paymentIntentId,
      stripeSessionId: null,
      paidMinor,
      paidAtMs,
      reversals: reversals.value,
    },
  });
}

interface OrderPages {
  /** The page that the order is known to have been offered on. */
  readonly boundStripeId: string | null;
  /** The page that is spoken of. */
  readonly requestedStripeId: string | null;
}

/**
 * Asks Stripe: first by the page, then by an intent that took its place. Money on either counts;
 * both cannot be paid.
 */
export async function decideOrder(
  config: Config,
  order: Order,
  { boundStripeId, requestedStripeId }: OrderPages,
): Promise<Result<OrderDecision>> {
  const stripeId = requestedStripeId ?? boundStripeId;
  const session =
    stripeId === null ? ok(NOTHING) : await decideBySession(config, order, boundStripeId, stripeId);
  // A page that is still open, or on which a payment is under way, comes first: nobody was given
  // the intent's secret yet.
  if (
    !session.ok ||
    session.value.decision.kind !== "nothing" ||
    order.stripePaymentIntentId === null
  )
    return session;
  if (session.value.payment !== null) return session;
  return await decideByIntent(config, order, order.stripePaymentIntentId);
}

/**
 * @returns whether anything changed that somebody who decided by older news could have changed as
 * well
 */
async function applyDecision(
  ctx: Context,
  order: Order,
  { decision, payment }: OrderDecision,
): Promise<boolean> {
  const { db, nowMs } = ctx;
  switch (decision.kind) {
    case "fulfil":
      if (payment === null)
        throw new Error(`order ${order.id} is to be delivered without a payment`);
      return await fulfilOrder(ctx, order, payment);
    case "fail":
      if (payment !== null)
        return await failUndeliverable(ctx, order, { payment, reason: decision.reason });
      await failOrder(db, order.id, { sessionStatus: "failed", reason: decision.reason }, nowMs);
      return false;
    case "expire":
      await failOrder(
        db,
        order.id,
        { sessionStatus: "canceled", reason: "The checkout page expired unpaid." },
        nowMs,
      );
      return false;
    case "wait":
      if (decision.sessionStatus === "processing") await markProcessing(db, order.id);
      return false;
    case "nothing":
      return false;
  }
}

/**
 * Asks Stripe how the payment of an order stands now, and brings the order to the same state: paid,
 * failed, refunded, disputed, and back. Webhook, cron, cancellation and refunds all come through
 * here. As several may at once, each with the news of another moment, whoever has changed anything
 * asks and applies once more, until nothing changes.
 * @param offeredId the page that is spoken of; null for the one that the order was offered on
 * @returns why Stripe could not be asked, or what became of the order
 * @throws what fulfilment threw; then doing it again finishes it
 */
export async function syncOneTimeOrder(
  ctx: Context,
  { orderId, requestedStripeId }: { orderId: string; requestedStripeId: string | null },
): Promise<Result<OrderOutcome>> {
  const { db, config } = ctx;
  const synced = await converge<Result<OrderOutcome>>(ROUNDS_MAX, async () => {
    const order = await findOrder(db, orderId);
    if (order === undefined) return { done: ok("unknown") };
    const boundStripeId = (await findSessionOfOrder(db, orderId))?.stripeId ?? null;
    const decided = await decideOrder(config, order, { boundStripeId, requestedStripeId });
    if (!decided.ok) return { done: decided };
    const changed = await applyDecision(ctx, order, decided.value);
    return changed ? "again" : { done: ok(decided.value.decision.kind) };
  });
  if (synced === null) throw new Error(`order ${orderId} does not come to rest`);
  return synced;
}
