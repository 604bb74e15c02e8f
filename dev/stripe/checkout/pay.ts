import type { Context } from "../context.ts";
import { emit } from "../events.ts";
import { type Attempted, aftermath, answerBank, attempt, settleIntent } from "../payments/attempt.ts";
import { keepBank, keepCard } from "../payments/methods.ts";
import { createCustomer } from "../resources/customers.ts";
import type { PaymentIntent, Session } from "../wire.ts";
import type { Card } from "./cards.ts";
import { payer as payerDetails } from "./create.ts";
import { intentOf, type Payer } from "./intent.ts";

/** How an attempt to pay ended, for the page to show. */
export type Outcome =
  | { readonly is: "complete" }
  | { readonly is: "authenticate" }
  | { readonly is: "declined"; readonly message: string };

/** Knows the payer from now on, as a customer too where the session asks for one. */
function identify(ctx: Context, session: Session, payer: Payer): Session {
  const customer =
    session.customer ??
    (session.customer_creation === "always" ? createCustomer(ctx, { email: payer.email, name: payer.name }).id : null);
  return ctx.store.sessions.put({ ...session, customer, customer_details: payerDetails(payer) });
}

function complete(ctx: Context, sessionId: string, payment_status: Session["payment_status"]): void {
  const session = ctx.store.sessions.get(sessionId);
  if (session === undefined) return;
  const { automatic_tax: tax } = session;
  const done = ctx.store.sessions.put({
    ...session,
    status: "complete",
    payment_status,
    url: null,
    automatic_tax: tax.enabled ? { ...tax, status: "complete" } : tax,
  });
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
      complete(ctx, sessionId, "paid");
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

/** Charges a card, or asks its holder to authenticate first. */
export function payByCard(ctx: Context, opened: Session, payer: Payer, card: Card): Outcome {
  const session = identify(ctx, opened, payer);
  const intent = intentOf(ctx, session);
  const method = keepCard(ctx, card, detailsOf(payer));
  const askAt = { url: `${ctx.origin}/c/pay/${session.id}/authenticate`, returnUrl: session.success_url };
  return follow(ctx, session.id, attempt(ctx, intent, method, { askAt }));
}

/** The intent of a session that waits for its card holder, if it does. */
export function waitingIntent(ctx: Context, session: Session): PaymentIntent | undefined {
  const intent = session.payment_intent === null ? undefined : ctx.store.paymentIntents.get(session.payment_intent);
  return session.status === "open" && intent?.status === "requires_action" ? intent : undefined;
}

/** Goes on after the card holder authenticated, or failed to. Nothing happens where nobody was asked. */
export function authenticateCard(ctx: Context, session: Session, didSucceed: boolean): Outcome {
  const intent = waitingIntent(ctx, session);
  const attempted = intent === undefined ? undefined : answerBank(ctx, intent.id, didSucceed);
  if (attempted === undefined) return { is: "declined", message: "There is nothing to authenticate." };
  return follow(ctx, session.id, attempted);
}

/** Completes a session whose money comes days later. It stays unpaid until `settleSession`. */
export function payByBank(ctx: Context, opened: Session, payer: Payer): Outcome {
  const session = identify(ctx, opened, payer);
  const intent = intentOf(ctx, session);
  return follow(ctx, session.id, attempt(ctx, intent, keepBank(ctx, detailsOf(payer)), { askAt: null }));
}

/**
 * Ends the wait for a delayed payment.
 * @returns whether the session was waiting for one
 */
export function settleSession(ctx: Context, sessionId: string, outcome: "succeeded" | "failed"): boolean {
  const session = ctx.store.sessions.get(sessionId);
  const settled = session === undefined ? undefined : settleIntent(ctx, session.payment_intent ?? "", outcome);
  if (session === undefined || settled === undefined) return false;
  if (settled.is === "succeeded") {
    emit(ctx, "checkout.session.async_payment_succeeded", ctx.store.sessions.put({ ...session, payment_status: "paid" }));
  } else {
    emit(ctx, "checkout.session.async_payment_failed", session);
  }
  return true;
}
