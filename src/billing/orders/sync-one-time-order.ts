import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
import { converge } from "../../converge.ts";
import { ok, type Result } from "../../errors.ts";
import { fetchReversals } from "../payments/fetch-reversals.ts";
import type { PaymentFacts } from "../payments/payment-facts.ts";
import { NO_REVERSALS, type Reversals } from "../payments/payment-state.ts";
import { withLease } from "../stripe/lease.ts";
import { listRecentEvents, markCovered, SALE_EVENTS } from "../stripe/recent-events.ts";
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
  /** The objects at Stripe whose state was fetched. */
  readonly objectIds: readonly string[];
}

const NOTHING: OrderDecision = { action: { kind: "nothing" }, payment: null, objectIds: [] };

const reversalIds = ({ refunds, disputes }: Reversals): string[] =>
  [...refunds, ...disputes].map(({ id }) => id);

/** Returns the ids of an intent and of its latest charge. */
function intentIds(intent: Stripe.PaymentIntent | null): string[] {
  const charge = chargeOf(intent);
  return [intent, charge].flatMap((object) => (object === null ? [] : [object.id]));
}

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
  const intent: Stripe.PaymentIntent | null =
    typeof fetched.value.payment_intent === "object" ? fetched.value.payment_intent : null;
  const objectIds = [stripeId, ...intentIds(intent)];
  // The page was closed so that an intent could take its place.
  if (action.kind === "expire" && order.stripePaymentIntentId !== null)
    return ok({ ...NOTHING, objectIds });
  if (action.kind !== "fulfil" && facts.paymentStatus !== "paid")
    return ok({ action, payment: null, objectIds });
  const { paymentIntentId, paidAtMs, paidMinor } = facts;
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
  return ok({ action, payment, objectIds: [...objectIds, ...reversalIds(reversals.value)] });
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
  const objectIds = intentIds(fetched.value);
  if (facts.status !== "succeeded") return ok({ action, payment: null, objectIds });
  const reversals = await fetchReversals(config, facts.id, chargeOf(fetched.value));
  if (!reversals.ok) return reversals;
  const payment = {
    paymentIntentId: facts.id,
    stripeSessionId: null,
    paidMinor: facts.receivedMinor,
    paidAtMs: facts.paidAtMs,
    reversals: reversals.value,
  };
  return ok({ action, payment, objectIds: [...objectIds, ...reversalIds(reversals.value)] });
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
  const byIntent = await fetchIntentDecision(config, order, intentId);
  if (!byIntent.ok) return byIntent;
  const objectIds = [...bySession.value.objectIds, ...byIntent.value.objectIds];
  return ok({ ...byIntent.value, objectIds });
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

/** The pages of an order, as `syncOneTimeOrder` gets them. */
interface OrderSyncParams {
  readonly orderId: string;
  readonly requestedStripeId: string | null;
}

/** Looks at an order's payment once: fetches it, applies it, and marks the events about it. */
async function lookOnce(
  ctx: Context,
  { orderId, requestedStripeId }: OrderSyncParams,
): Promise<Result<{ readonly outcome: OrderOutcome; readonly hasChanged: boolean }>> {
  const { db, config } = ctx;
  const order = await findOrder(db, orderId);
  if (order === undefined) return ok({ outcome: "unknown", hasChanged: false });
  const events = await listRecentEvents(ctx, SALE_EVENTS);
  if (!events.ok) return events;
  const boundStripeId = (await findSessionOfOrder(db, orderId))?.stripeId ?? null;
  const decided = await fetchOrderDecision(config, order, { boundStripeId, requestedStripeId });
  if (!decided.ok) return decided;
  const hasChanged = await applyDecision(ctx, order, decided.value);
  await markCovered(ctx, events.value, new Set(decided.value.objectIds));
  return ok({ outcome: decided.value.action.kind, hasChanged });
}

/**
 * Syncs an order with its payment at Stripe: paid, failed, refunded, disputed, and back. Webhooks,
 * the cron, cancellation and refunds all call it. Several may run at once, each with the state of
 * another moment, so a run that changed anything, and was not alone, fetches and applies again.
 * @param params `requestedStripeId`: the page that an event or request names; null for the page
 *   that the order was offered on
 * @returns why Stripe could not be asked, or what was done
 * @throws an error of fulfilment; another call then finishes the order
 */
export async function syncOneTimeOrder(
  ctx: Context,
  params: OrderSyncParams,
): Promise<Result<OrderOutcome>> {
  const { orderId } = params;
  const lease = { key: orderId, holder: crypto.randomUUID(), shouldWait: false };
  const synced = await converge<Result<OrderOutcome>>(ROUNDS_MAX, async () => {
    const look = await withLease(ctx, lease, () => lookOnce(ctx, params));
    if (!look.value.ok) return { done: look.value };
    const { hasChanged, outcome } = look.value.value;
    return hasChanged && !look.wasAlone ? "again" : { done: ok(outcome) };
  });
  if (synced === null) throw new Error(`order ${orderId} does not settle`);
  return synced;
}
