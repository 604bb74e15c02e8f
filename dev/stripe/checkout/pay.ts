import type { Context } from "../context.ts";
import { emit } from "../events.ts";
import { invoiceSale } from "../invoices/of-sale.ts";
import { updateInvoiceOfIntent } from "../invoices/on-payment-attempt.ts";
import {
  type AttemptResult,
  attemptPayment,
  completeIntentDebit,
  openTestCardDispute,
  resumeAfterAuthentication,
} from "../payments/attempt.ts";
import { attachTo, storeBankAccount, storeCard } from "../payments/methods.ts";
import { createCustomer } from "../resources/customers.ts";
import type { PaymentIntent, PaymentMethod, Session } from "../wire.ts";
import type { Card } from "./cards.ts";
import { customerDetails as payerDetails } from "./create.ts";
import { redeemDiscounts } from "./discount.ts";
import { ensureIntent, intentIdOf, type Payer } from "./intent.ts";
import { beginSoldSubscription } from "./subscription-mode.ts";

/** The outcome of an attempt to pay, for the page. */
export type Outcome =
  | { readonly is: "complete" }
  | { readonly is: "authenticate" }
  | { readonly is: "declined"; readonly message: string };

/** Stores the payer of a session, and creates a customer if the session asks for one. */
function recordPayer(ctx: Context, session: Session, payer: Payer): Session {
  const customer =
    session.customer ??
    (session.customer_creation === "always"
      ? createCustomer(ctx, { email: payer.email, name: payer.name }).id
      : null);
  return ctx.store.sessions.put({ ...session, customer, customer_details: payerDetails(payer) });
}

/** The payment of a session: no intent if nothing was due, only a saved card. */
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
  const { automatic_tax: tax, consent_collection: asked } = session;
  const created =
    session.mode === "subscription"
      ? beginSoldSubscription(ctx, session, paid.intent, paid.methodId ?? null)
      : payment_status === "paid"
        ? { invoice: invoiceSale(ctx, session, paid.intent) }
        : {};
  const completed = ctx.store.sessions.put({
    ...session,
    ...created,
    status: "complete",
    payment_status,
    url: null,
    automatic_tax: tax.enabled ? { ...tax, status: "complete" } : tax,
    consent:
      asked?.terms_of_service === "required"
        ? { promotions: null, terms_of_service: "accepted" }
        : null,
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

/** Applies the result of an attempt to its session. */
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
      completeSession(ctx, sessionId, "unpaid", {
        intent: result.intent,
        methodId: result.intent.payment_method,
      });
      return { is: "complete" };
    case "requires_action":
      return { is: "authenticate" };
    case "declined":
      return { is: "declined", message: result.decline.message };
    default:
      return result satisfies never;
  }
}

/** Saves a card for the time after a trial, and completes the session. */
function saveForLater(ctx: Context, session: Session, method: PaymentMethod): Outcome {
  if (session.customer !== null) attachTo(ctx, method, session.customer);
  completeSession(ctx, session.id, "no_payment_required", { methodId: method.id });
  return { is: "complete" };
}

/** Saves a card when nothing is due, or requires its holder to authenticate first. */
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

/** Charges a card, or requires its holder to authenticate first. */
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

/** Returns the card of an open session that is saved once its holder has authenticated. */
function methodToAuthenticate(ctx: Context, session: Session): PaymentMethod | undefined {
  const methodId =
    session.status === "open" ? ctx.store.baskets.get(session.id)?.methodToAuthenticate : undefined;
  return ctx.store.paymentMethods.get(methodId ?? "");
}

function findWaitingIntent(ctx: Context, session: Session): PaymentIntent | undefined {
  const intent = ctx.store.paymentIntents.get(intentIdOf(ctx, session) ?? "");
  return session.status === "open" && intent?.status === "requires_action" ? intent : undefined;
}

/** Returns whether a session waits for the authentication of its card holder. */
export const isAwaitingAuthentication = (ctx: Context, session: Session): boolean =>
  findWaitingIntent(ctx, session) !== undefined || methodToAuthenticate(ctx, session) !== undefined;

const NOT_AUTHENTICATED =
  "We are unable to authenticate your payment method. " +
  "Please choose a different payment method and try again.";

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
 * Continues after the card holder authenticated, or failed to. Does nothing if there was no
 * question.
 */
export function authenticateCard(ctx: Context, session: Session, didSucceed: boolean): Outcome {
  const method = methodToAuthenticate(ctx, session);
  if (method !== undefined) return authenticateSaved(ctx, session, method, didSucceed);
  const intent = findWaitingIntent(ctx, session);
  const attempt =
    intent === undefined ? undefined : resumeAfterAuthentication(ctx, intent.id, didSucceed);
  if (attempt === undefined)
    return { is: "declined", message: "There is nothing to authenticate." };
  return applyAttempt(ctx, session.id, attempt);
}

/** Completes a session with a bank debit. It is unpaid until `completeSessionDebit`. */
export function payByBank(ctx: Context, opened: Session, payer: Payer): Outcome {
  const session = recordPayer(ctx, opened, payer);
  const account = storeBankAccount(ctx, holderDetails(payer));
  if (session.payment_status === "no_payment_required") return saveForLater(ctx, session, account);
  const intent = ensureIntent(ctx, session);
  return applyAttempt(
    ctx,
    session.id,
    attemptPayment(ctx, intent, account, { authenticateAt: null }),
  );
}

/**
 * Ends the wait for a bank debit.
 * @returns whether the session was waiting for one
 */
export function completeSessionDebit(
  ctx: Context,
  sessionId: string,
  outcome: "succeeded" | "failed",
): boolean {
  const session = ctx.store.sessions.get(sessionId);
  const attempt =
    session === undefined
      ? undefined
      : completeIntentDebit(ctx, intentIdOf(ctx, session) ?? "", outcome);
  if (session === undefined || attempt === undefined) return false;
  updateInvoiceOfIntent(ctx, attempt.intent, { isDebit: true });
  if (attempt.is === "succeeded") {
    const invoice =
      session.mode === "payment" ? invoiceSale(ctx, session, attempt.intent) : session.invoice;
    emit(
      ctx,
      "checkout.session.async_payment_succeeded",
      ctx.store.sessions.put({ ...session, invoice, payment_status: "paid" }),
    );
  } else {
    emit(ctx, "checkout.session.async_payment_failed", session);
  }
  return true;
}
