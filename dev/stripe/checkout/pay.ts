import type { Context } from "../context.ts";
import { emit } from "../events.ts";
import {
  type AttemptResult,
  attemptPayment,
  openTestCardDispute,
  resumeAfterAuthentication,
  settleIntent,
} from "../payments/attempt.ts";
import { attachTo, storeBankAccount, storeCard } from "../payments/methods.ts";
import { createCustomer } from "../resources/customers.ts";
import type { PaymentIntent, PaymentMethod, Session } from "../wire.ts";
import type { Card } from "./cards.ts";
import { customerDetails as payerDetails } from "./create.ts";
import { redeemDiscounts } from "./discount.ts";
import { ensureIntent, intentIdOf, type Payer } from "./intent.ts";
import { beginSoldSubscription } from "./subscription-mode.ts";

/** How an attempt to pay ended, for the page to show. */
export type Outcome =
  | { readonly is: "complete" }
  | { readonly is: "authenticate" }
  | { readonly is: "declined"; readonly message: string };

/** Knows the payer from now on, as a customer too where the session asks for one. */
function recordPayer(ctx: Context, session: Session, payer: Payer): Session {
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

function completeSession(
  ctx: Context,
  sessionId: string,
  payment_status: Session["payment_status"],
  paid: Paid = {},
): void {
  const session = ctx.store.sessions.get(sessionId);
  if (session === undefined) return;
  const { automatic_tax: tax } = session;
  const created =
    session.mode === "subscription"
      ? beginSoldSubscription(ctx, session, paid.intent, paid.methodId ?? null)
      : {};
  const completed = ctx.store.sessions.put({
    ...session,
    ...created,
    status: "complete",
    payment_status,
    url: null,
    automatic_tax: tax.enabled ? { ...tax, status: "complete" } : tax,
  });
  redeemDiscounts(ctx, completed);
  emit(ctx, "checkout.session.completed", completed);
}

/** Completes a session that costs nothing. */
export function completeFree(ctx: Context, session: Session, payer: Payer): Outcome {
  completeSession(ctx, recordPayer(ctx, session, payer).id, "no_payment_required");
  return { is: "complete" };
}

const holderDetails = (payer: Payer) => ({
  billingDetails: { email: payer.email, name: payer.name },
});

/** What follows for a session from an attempt to pay it. */
function applyAttempt(ctx: Context, sessionId: string, result: AttemptResult): Outcome {
  switch (result.is) {
    case "succeeded":
      completeSession(ctx, sessionId, "paid", {
        intent: result.intent,
        methodId: result.intent.payment_method,
      });
      openTestCardDispute(ctx, result);
      return { is: "complete" };
    case "processing":
      completeSession(ctx, sessionId, "unpaid");
      return { is: "complete" };
    case "requires_action":
      return { is: "authenticate" };
    case "declined":
      return { is: "declined", message: result.decline.message };
    default:
      return result satisfies never;
  }
}

/** Keeps a card for what comes after a trial, and completes the session. */
function saveForLater(ctx: Context, session: Session, method: PaymentMethod): Outcome {
  if (session.customer !== null) attachTo(ctx, method, session.customer);
  completeSession(ctx, session.id, "no_payment_required", { methodId: method.id });
  return { is: "complete" };
}

/** Takes a card while nothing is due, or asks its holder to authenticate first. */
export function saveCard(ctx: Context, opened: Session, payer: Payer, card: Card): Outcome {
  const session = recordPayer(ctx, opened, payer);
  const method = storeCard(ctx, card, holderDetails(payer));
  const { behaviour } = card;
  if (behaviour.does === "declines" && behaviour.canBeSaved !== true)
    return { is: "declined", message: behaviour.message };
  if (behaviour.does !== "authenticates") return saveForLater(ctx, session, method);
  const basket = ctx.store.baskets.get(session.id);
  if (basket !== undefined) ctx.store.baskets.put({ ...basket, methodToAuthenticate: method.id });
  return { is: "authenticate" };
}

/** Charges a card, or asks its holder to authenticate first. */
export function payByCard(ctx: Context, opened: Session, payer: Payer, card: Card): Outcome {
  const session = recordPayer(ctx, opened, payer);
  const intent = ensureIntent(ctx, session);
  const method = storeCard(ctx, card, holderDetails(payer));
  const authenticateAt = {
    url: `${ctx.origin}/c/pay/${session.id}/authenticate`,
    returnUrl: session.success_url,
  };
  return applyAttempt(ctx, session.id, attemptPayment(ctx, intent, method, { authenticateAt }));
}

/** The card of an open session that is kept once its holder has authenticated. */
function methodToAuthenticate(ctx: Context, session: Session): PaymentMethod | undefined {
  const methodId =
    session.status === "open" ? ctx.store.baskets.get(session.id)?.methodToAuthenticate : undefined;
  return ctx.store.paymentMethods.get(methodId ?? "");
}

function findWaitingIntent(ctx: Context, session: Session): PaymentIntent | undefined {
  const intent = ctx.store.paymentIntents.get(intentIdOf(ctx, session) ?? "");
  return session.status === "open" && intent?.status === "requires_action" ? intent : undefined;
}

/** Whether a session waits for its card holder to answer the bank. */
export const isAwaitingAuthentication = (ctx: Context, session: Session): boolean =>
  findWaitingIntent(ctx, session) !== undefined || methodToAuthenticate(ctx, session) !== undefined;

const NOT_AUTHENTICATED =
  "We are unable to authenticate your payment method. Please choose a different payment method and try again.";

function authenticateSaved(
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
    ? saveForLater(ctx, session, method)
    : { is: "declined", message: NOT_AUTHENTICATED };
}

/**
 * Goes on after the card holder authenticated, or failed to. Nothing happens where nobody was
 * asked.
 */
export function authenticateCard(ctx: Context, session: Session, didSucceed: boolean): Outcome {
  const method = methodToAuthenticate(ctx, session);
  if (method !== undefined) return authenticateSaved(ctx, session, method, didSucceed);
  const intent = findWaitingIntent(ctx, session);
  const attempted =
    intent === undefined ? undefined : resumeAfterAuthentication(ctx, intent.id, didSucceed);
  if (attempted === undefined)
    return { is: "declined", message: "There is nothing to authenticate." };
  return applyAttempt(ctx, session.id, attempted);
}

/** Completes a session whose money comes days later. It stays unpaid until `settleSession`. */
export function payByBank(ctx: Context, opened: Session, payer: Payer): Outcome {
  const session = recordPayer(ctx, opened, payer);
  const intent = ensureIntent(ctx, session);
  return applyAttempt(
    ctx,
    session.id,
    attemptPayment(ctx, intent, storeBankAccount(ctx, holderDetails(payer)), {
      authenticateAt: null,
    }),
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
