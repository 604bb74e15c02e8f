import type Stripe from "stripe";
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

/** The result of syncing an order; `unknown` when there is no such order. */
export type OrderOutcome = FulfilmentDecision["kind"] | "unknown";

/** More than ever happens: each round but the first follows from a change during the one before. */
const ROUNDS_MAX = 8;

/** The action to take on an order, and the money that came for it, if any did. */
export interface OrderDecision {
  readonly action: FulfilmentDecision;
  readonly payment: PaymentFacts | null;
}

const NOTHING: OrderDecision = { action: { kind: "nothing" }, payment: null };

async function fetchSessionDecision(
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
  const action = decideFulfilment(order, boundStripeId, facts);
  // The page was closed so that an intent could take its place.
  if (action.kind === "expire" && order.stripePaymentIntentId !== null) return ok(NOTHING);
  if (action.kind !== "fulfil" && facts.paymentStatus !== "paid")
    return ok({ action, payment: null });
  const { paymentIntentId, paidAtMs, paidMinor } = facts;
  const intent: Stripe.PaymentIntent | null =
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
  return ok({ action, payment });
}

async function fetchIntentDecision(
  config: Config,
  order: Order,
  intentId: string,
): Promise<Result<OrderDecision>> {
  const fetched = await callStripe(config, (stripe) =>
    stripe.paymentIntents.retrieve(intentId, { expand: INTENT_EXPAND }),
  );
  if (!fetched.ok) return fetched;
  const facts = toIntentFacts(fetched.value);
  const action = decideIntent(order, facts);
  if (facts.status !== "succeeded") return ok({ action, payment: null });
  const reversals = await fetchReversals(config, facts.id, chargeOf(fetched.value));
  if (!reversals.ok) return reversals;
  const payment = {
    paymentIntentId: facts.id,
    stripeSessionId: null,
    paidMinor: facts.receivedMinor,
    paidAtMs: facts.paidAtMs,
    reversals: reversals.value,
  };
  return ok({ action, payment });
}

interface OrderPages {
  /** The page that the order is known to have been offered on. */
  readonly boundStripeId: string | null;
  /** The page that an event or request names. */
  readonly requestedStripeId: string | null;
}

/**
 * Fetches an order's payment from Stripe and decides what to do about the order: by its page first,
 * then by an intent that took the page's place. Money on either counts; only one of them can be
 * paid. Changes nothing.
 */
export async function fetchOrderDecision(
  config: Config,
  order: Order,
  { boundStripeId, requestedStripeId }: OrderPages,
): Promise<Result<OrderDecision>> {
  const intentId = order.stripePaymentIntentId;
  const stripeId = requestedStripeId ?? boundStripeId;
  const bySession =
    stripeId === null
      ? ok(NOTHING)
      : await fetchSessionDecision(config, order, boundStripeId, stripeId);
  if (!bySession.ok || intentId === null) return bySession;
  // A page that is still open, or on which a payment is under way, comes first: nobody has the
  // intent's secret yet.
  const { action, payment } = bySession.value;
  if (action.kind !== "nothing" || payment !== null) return bySession;
  return await fetchIntentDecision(config, order, intentId);
}

/**
 * Applies a decision to its order.
 * @returns whether it changed something that another caller, who decided by an older state, may
 *   have changed too
 */
async function applyDecision(
  ctx: Context,
  order: Order,
  { action, payment }: OrderDecision,
): Promise<boolean> {
  const { db, nowMs } = ctx;
  switch (action.kind) {
    case "fulfil":
      if (payment === null)
        throw new Error(`order ${order.id} is to be delivered without a payment`);
      return await fulfilOrder(ctx, order, payment);
    case "fail":
      if (payment !== null)
        return await failUndeliverable(ctx, order, { payment, reason: action.reason });
      await failOrder(db, order.id, { sessionStatus: "failed", reason: action.reason }, nowMs);
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
      if (action.sessionStatus === "processing") await markProcessing(db, order.id);
      return false;
    case "nothing":
      return false;
  }
}

/**
 * Syncs an order with its payment at Stripe: paid, failed, refunded, disputed, and back. Webhooks,
 * the cron, cancellation and refunds all call it. Several may run at once, each with the state of
 * another moment, so a run that changed anything fetches and applies again until nothing changes.
 * @param params `requestedStripeId`: the page that an event or request names; null for the page
 *   that the order was offered on
 * @returns why Stripe could not be asked, or what was done
 * @throws an error of fulfilment; another call then finishes the order
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
    const decided = await fetchOrderDecision(config, order, { boundStripeId, requestedStripeId });
    if (!decided.ok) return { done: decided };
    const changed = await applyDecision(ctx, order, decided.value);
    return changed ? "again" : { done: ok(decided.value.action.kind) };
  });
  if (synced === null) throw new Error(`order ${orderId} does not come to rest`);
  return synced;
}
