import type { Context } from "../context.ts";
import { emit } from "../events.ts";
import { createCustomer } from "../resources/customers.ts";
import type { PaymentIntent, PaymentMethod, Session } from "../wire.ts";
import type { Card } from "./cards.ts";
import { type Decline, makeCharge } from "./charge.ts";
import { payer as payerDetails } from "./create.ts";
import { bankMethod, cardMethod, intentOf, type Payer } from "./intent.ts";

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

function succeed(ctx: Context, intent: PaymentIntent, method: PaymentMethod, authenticated: boolean): void {
  const charge = makeCharge(ctx, intent, method, { status: "succeeded", authenticated });
  emit(ctx, "charge.succeeded", charge);
  const paid = ctx.store.paymentIntents.put({
    ...intent,
    status: "succeeded",
    amount_received: intent.amount,
    latest_charge: charge.id,
    payment_method: method.id,
    last_payment_error: null,
    next_action: null,
  });
  emit(ctx, "payment_intent.succeeded", paid);
}

function failIntent(ctx: Context, intent: PaymentIntent, decline: Decline, charge?: string): void {
  const failed = ctx.store.paymentIntents.put({
    ...intent,
    status: "requires_payment_method",
    latest_charge: charge ?? intent.latest_charge,
    payment_method: null,
    next_action: null,
    processing: null,
    last_payment_error: {
      type: "card_error",
      code: decline.code,
      message: decline.message,
      decline_code: decline.declineCode,
      doc_url: `https://stripe.com/docs/error-codes/${decline.code.replaceAll("_", "-")}`,
      ...(charge === undefined ? {} : { charge }),
    },
  });
  emit(ctx, "payment_intent.payment_failed", failed);
}

/** Completes a session that costs nothing. */
export function payNothing(ctx: Context, session: Session, payer: Payer): Outcome {
  complete(ctx, identify(ctx, session, payer).id, "no_payment_required");
  return { is: "complete" };
}

/** Charges a card, or asks its holder to authenticate first. */
export function payByCard(ctx: Context, opened: Session, payer: Payer, card: Card): Outcome {
  const session = identify(ctx, opened, payer);
  const intent = intentOf(ctx, session);
  const method = cardMethod(ctx, session, payer, card);
  const { behaviour } = card;
  switch (behaviour.does) {
    case "pays":
      succeed(ctx, intent, method, false);
      complete(ctx, session.id, "paid");
      return { is: "complete" };
    case "authenticates": {
      const asking = ctx.store.paymentIntents.put({
        ...intent,
        status: "requires_action",
        payment_method: method.id,
        next_action: {
          type: "redirect_to_url",
          redirect_to_url: { return_url: session.success_url, url: `${ctx.origin}/c/pay/${session.id}/authenticate` },
        },
      });
      emit(ctx, "payment_intent.requires_action", asking);
      return { is: "authenticate" };
    }
    case "declines": {
      const charge = makeCharge(ctx, intent, method, { status: "failed", decline: behaviour });
      emit(ctx, "charge.failed", charge);
      failIntent(ctx, intent, behaviour, charge.id);
      return { is: "declined", message: behaviour.message };
    }
    default:
      return behaviour satisfies never;
  }
}

/** The intent of a session that waits for its card holder, if it does. */
export function waitingIntent(ctx: Context, session: Session): PaymentIntent | undefined {
  const intent = session.payment_intent === null ? undefined : ctx.store.paymentIntents.get(session.payment_intent);
  return session.status === "open" && intent?.status === "requires_action" ? intent : undefined;
}

/** Goes on after the card holder authenticated, or failed to. Nothing happens where nobody was asked. */
export function authenticateCard(ctx: Context, session: Session, didSucceed: boolean): Outcome {
  const intent = waitingIntent(ctx, session);
  const method = intent === undefined ? undefined : ctx.store.paymentMethods.get(intent.payment_method ?? "");
  if (intent === undefined || method === undefined) return { is: "declined", message: "There is nothing to authenticate." };
  if (didSucceed) {
    succeed(ctx, intent, method, true);
    complete(ctx, session.id, "paid");
    return { is: "complete" };
  }
  const message = "We are unable to authenticate your payment method. Please choose a different payment method and try again.";
  failIntent(ctx, intent, { code: "payment_intent_authentication_failure", declineCode: "authentication_required", message });
  return { is: "declined", message };
}

/** Completes a session whose money comes days later. It stays unpaid until `settleSession`. */
export function payByBank(ctx: Context, opened: Session, payer: Payer): Outcome {
  const session = identify(ctx, opened, payer);
  const intent = intentOf(ctx, session);
  const method = bankMethod(ctx, session, payer);
  const charge = makeCharge(ctx, intent, method, { status: "pending" });
  emit(ctx, "charge.pending", charge);
  const processing = ctx.store.paymentIntents.put({
    ...intent,
    status: "processing",
    payment_method: method.id,
    latest_charge: charge.id,
    last_payment_error: null,
  });
  emit(ctx, "payment_intent.processing", processing);
  complete(ctx, session.id, "unpaid");
  return { is: "complete" };
}

/**
 * Ends the wait for a delayed payment.
 * @returns whether the session was waiting for one
 */
export function settleSession(ctx: Context, sessionId: string, outcome: "succeeded" | "failed"): boolean {
  const session = ctx.store.sessions.get(sessionId);
  const intent = ctx.store.paymentIntents.get(session?.payment_intent ?? "");
  const charge = ctx.store.charges.get(intent?.latest_charge ?? "");
  if (session === undefined || charge === undefined || intent?.status !== "processing") return false;
  if (outcome === "failed") {
    const decline: Decline = {
      code: "payment_method_bank_account_declined",
      declineCode: "insufficient_funds",
      message: "The bank account has insufficient funds.",
    };
    const failed = ctx.store.charges.put({
      ...charge,
      status: "failed",
      failure_code: decline.declineCode,
      failure_message: decline.message,
    });
    emit(ctx, "charge.failed", failed);
    failIntent(ctx, intent, decline, failed.id);
    emit(ctx, "checkout.session.async_payment_failed", session);
    return true;
  }
  const settled = ctx.store.charges.put({
    ...charge,
    status: "succeeded",
    paid: true,
    captured: true,
    amount_captured: charge.amount,
    receipt_url: `${ctx.origin}/#${charge.id}`,
  });
  emit(ctx, "charge.succeeded", settled);
  const paid = ctx.store.paymentIntents.put({ ...intent, status: "succeeded", amount_received: intent.amount });
  emit(ctx, "payment_intent.succeeded", paid);
  emit(ctx, "checkout.session.async_payment_succeeded", ctx.store.sessions.put({ ...session, payment_status: "paid" }));
  return true;
}
