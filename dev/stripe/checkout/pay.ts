import type { Context } from "../context.ts";
import { emit } from "../events.ts";
import {
  type Attempted,
  aftermath,
  answerBank,
  attempt,
  settleIntent,
} from "../payments/attempt.ts";
import { giveTo, keepBank, keepCard } from "../payments/methods.ts";
import { createCustomer } from "../resources/customers.ts";
import type { PaymentIntent, PaymentMethod, Session } from "../wire.ts";
import type { Card } from "./cards.ts";
import { payer as payerDetails } from "./create.ts";
import { redeemDiscounts } from "./discount.ts";
import { intentIdOf, intentOf, type Payer } from "./intent.ts";
import { beginSold } from "./subscription-mode.ts";

/** How an attempt to pay ended, for the page to show. */
export type Outcome =
  | { readonly is: "complete" }
  | { readonly is: "authenticate" }
  | { readonly is: "declined"; readonly message: string };

/** Knows the payer from now on, as a customer too where the session asks for one. */
function identify(ctx: Context, session: Session, payer: Payer): Session {
  const customer =
    session.customer ??
    (session.customer_creation === "always"
      ? createCustomer(ctx, { email: payer.email, name: payer.name }).id
      : null);
  return ctx.store.sessions.put({ ...session, customer, customer_details: payerDetails(payer) });
}

/** What was paid by: nothing where nothing was due, and a card that was only kept. */
interface Paid {
  readonly intent?: PaymentIntent;
  readonly methodId?: string | null;
}

function complete(
  ctx: Context,
  sessionId: string,
  payment_status: Session["payment_status"],
  paid: Paid = {},
): void {
  const session = ctx.store.sessions.get(sessionId);
  if (session === undefined) return;
  const { automatic_tax: tax } = session;
  const begun =
    session.mode === "subscription"
      ? beginSold(ctx, session, paid.intent, paid.methodId ?? null)
      : {};
  const done = ctx.store.sessions.put({
    ...session,
    ...begun,
    status: "complete",
    payment_status,
    url: null,
    automatic_tax: tax.enabled ? { ...tax, status: "complete" } : tax,
  });
  redeemDiscounts(ctx, done);
  emit(ctx, "checkout.session.completed", done);
}

/** Completes a session that costs nothing. */
export function payNothing(ctx: Context, session: Session, payer: Payer): Outcome {
  complete(ctx, identify(ctx, session, payer).id, "no_payment_required");
  return { is: "complete" };
}

const detailsOf = (payer: Payer) => ({ billingDetails: { email: payer.email, name: payer.name } });

/** What follows for a session from an attempt to pay it. */
function follow(ctx: Context, sessionId: string, attempted: Attempted): Outcome {
  switch (attempted.is) {
    case "succeeded":
      complete(ctx, sessionId, "paid", {
        intent: attempted.intent,
        methodId: attempted.intent.payment_method,
      });
      aftermath(ctx, attempted);
      return { is: "complete" };
    case "processing":
      complete(ctx, sessionId, "unpaid");
      return { is: "complete" };
    case "requires_action":
      return { is: "authenticate" };
    case "declined":
      return { is: "declined", message: attempted.decline.message };
    default:
      return attempted satisfies never;
  }
}

/** Keeps a card for what comes after a trial, and completes the session. */
function keepForLater(ctx: Context, session: Session, method: PaymentMethod): Outcome {
  if (session.customer !== null) giveTo(ctx, method, session.customer);
  complete(ctx, session.id, "no_payment_required", { methodId: method.id });
  return { is: "complete" };
}

/** Takes a card while nothing is due, or asks its holder to authenticate first. */
export function saveCard(ctx: Context, opened: Session, payer: Payer, card: Card): Outcome {
  const session = identify(ctx, opened, payer);
  const method = keepCard(ctx, card, detailsOf(payer));
  const { behaviour } = card;
  if (behaviour.does === "declines" && behaviour.canBeSaved !== true)
    return { is: "declined", message: behaviour.message };
  if (behaviour.does !== "authenticates") return keepForLater(ctx, session, method);
  const basket = ctx.store.baskets.get(session.id);
  if (basket !== undefined) ctx.store.baskets.put({ ...basket, methodToAuthenticate: method.id });
  return { is: "authenticate" };
}

/** Charges a card, or asks its holder to authenticate first. */
export function payByCard(ctx: Context, opened: Session, payer: Payer, card: Card): Outcome {
  const session = identify(ctx, opened, payer);
  const intent = intentOf(ctx, session);
  const method = keepCard(ctx, card, detailsOf(payer));
  const askAt = {
    url: `${ctx.origin}/c/pay/${session.id}/authenticate`,
    returnUrl: session.success_url,
  };
  return follow(ctx, session.id, attempt(ctx, intent, method, { askAt }));
}

/** The card of an open session that is kept once its holder has authenticated. */
function methodToAuthenticate(ctx: Context, session: Session): PaymentMethod | undefined {
  const methodId =
    session.status === "open" ? ctx.store.baskets.get(session.id)?.methodToAuthenticate : undefined;
  return ctx.store.paymentMethods.get(methodId ?? "");
}

function waitingIntent(ctx: Context, session: Session): PaymentIntent | undefined {
  const intent = ctx.store.paymentIntents.get(intentIdOf(ctx, session) ?? "");
  return session.status === "open" && intent?.status === "requires_action" ? intent : undefined;
}

/** Whether a session waits for its card holder to answer the bank. */
export const isWaiting = (ctx: Context, session: Session): boolean =>
  waitingIntent(ctx, session) !== undefined || methodToAuthenticate(ctx, session) !== undefined;

const NOT_AUTHENTICATED =
  "We are unable to authenticate your payment method. Please choose a different payment method and try again.";

function authenticateKept(
  ctx: Context,
  session: Session,
  method: PaymentMethod,
  didSucceed: boolean,
): Outcome {
  const { methodToAuthenticate: _, ...basket } = ctx.store.baskets.get(session.id) ?? {
    id: session.id,
    items: [],
    paymentIntentData: {},
  };
  ctx.store.baskets.put(basket);
  return didSucceed
    ? keepForLater(ctx, session, method)
    : { is: "declined", message: NOT_AUTHENTICATED };
}

/**
 * Goes on after the card holder authenticated, or failed to. Nothing happens where nobody was
 * asked.
 */
export function authenticateCard(ctx: Context, session: Session, didSucceed: boolean): Outcome {
  const kept = methodToAuthenticate(ctx, session);
  if (kept !== undefined) return authenticateKept(ctx, session, kept, didSucceed);
  const intent = waitingIntent(ctx, session);
  const attempted = intent === undefined ? undefined : answerBank(ctx, intent.id, didSucceed);
  if (attempted === undefined)
    return { is: "declined", message: "There is nothing to authenticate." };
  return follow(ctx, session.id, attempted);
}

/** Completes a session whose money comes days later. It stays unpaid until `settleSession`. */
export function payByBank(ctx: Context, opened: Session, payer: Payer): Outcome {
  const session = identify(ctx, opened, payer);
  const intent = intentOf(ctx, session);
  return follow(
    ctx,
    session.id,
    attempt(ctx, intent, keepBank(ctx, detailsOf(payer)), { askAt: null }),
  );
}

/**
 * Ends the wait for a delayed payment.
 * @returns whether the session was waiting for one
 */
export function settleSession(
  ctx: Context,
  sessionId: string,
  outcome: "succeeded" | "failed",
): boolean {
  const session = ctx.store.sessions.get(sessionId);
  const settled =
    session === undefined ? undefined : settleIntent(ctx, session.payment_intent ?? "", outcome);
  if (session === undefined || settled === undefined) return false;
  if (settled.is === "succeeded") {
    emit(
      ctx,
      "checkout.session.async_payment_succeeded",
      ctx.store.sessions.put({ ...session, payment_status: "paid" }),
    );
  } else {
    emit(ctx, "checkout.session.async_payment_failed", session);
  }
  return true;
}
