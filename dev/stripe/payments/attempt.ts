import { createCharge, type Decline } from "../checkout/charge.ts";
import type { Context } from "../context.ts";
import { emit } from "../events.ts";
import type { Charge, PaymentIntent, PaymentMethod } from "../wire.ts";
import { openDispute } from "./disputes.ts";
import { attachTo, behaviourOfMethod, markSpent } from "./methods.ts";

/** The result of an attempt to pay an intent, with the updated intent. */
export type AttemptResult =
  | { readonly is: "succeeded" | "processing" | "requires_action"; readonly intent: PaymentIntent }
  | { readonly is: "declined"; readonly intent: PaymentIntent; readonly decline: Decline };

export interface AttemptOptions {
  /** Whether the card holder has answered the bank. */
  readonly authenticated?: boolean;
  /** Whether the card holder is absent, so that a card that requires authentication is declined. */
  readonly offSession?: boolean;
  /** A decline, whatever the card's own behaviour. */
  readonly decline?: Decline | undefined;
  /** The address where the card holder authenticates; `null` for Stripe's own script. */
  readonly authenticateAt: { readonly url: string; readonly returnUrl: string | null } | null;
}

const AUTHENTICATION_REQUIRED: Decline = {
  code: "authentication_required",
  declineCode: "authentication_required",
  message: "Your card was declined. This transaction requires authentication.",
};

const AUTHENTICATION_FAILED: Decline = {
  code: "payment_intent_authentication_failure",
  declineCode: "authentication_required",
  message:
    "We are unable to authenticate your payment method. " +
    "Please choose a different payment method and try again.",
};

function succeedIntent(
  ctx: Context,
  intent: PaymentIntent,
  method: PaymentMethod,
  authenticated: boolean,
): AttemptResult {
  const charge = createCharge(ctx, intent, method, { status: "succeeded", authenticated });
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
  if (intent.setup_future_usage !== null && intent.customer !== null)
    attachTo(ctx, method, intent.customer);
  else if (method.customer === null) markSpent(ctx, method.id);
  emit(ctx, "payment_intent.succeeded", paid);
  return { is: "succeeded", intent: paid };
}

function failIntent(
  ctx: Context,
  intent: PaymentIntent,
  method: PaymentMethod | undefined,
  decline: Decline,
  charge?: Charge,
): AttemptResult {
  const failed = ctx.store.paymentIntents.put({
    ...intent,
    status: "requires_payment_method",
    latest_charge: charge?.id ?? intent.latest_charge,
    payment_method: null,
    next_action: null,
    processing: null,
    last_payment_error: {
      type: "card_error",
      code: decline.code,
      message: decline.message,
      decline_code: decline.declineCode,
      doc_url: `https://stripe.com/docs/error-codes/${decline.code.replaceAll("_", "-")}`,
      ...(charge === undefined ? {} : { charge: charge.id }),
      ...(method === undefined ? {} : { payment_method: method }),
    },
  });
  emit(ctx, "payment_intent.payment_failed", failed);
  return { is: "declined", intent: failed, decline };
}

function declineCharge(
  ctx: Context,
  intent: PaymentIntent,
  method: PaymentMethod,
  decline: Decline,
): AttemptResult {
  const charge = createCharge(ctx, intent, method, { status: "failed", decline });
  emit(ctx, "charge.failed", charge);
  return failIntent(ctx, intent, method, decline, charge);
}

function startBankDebit(ctx: Context, intent: PaymentIntent, method: PaymentMethod): AttemptResult {
  const charge = createCharge(ctx, intent, method, { status: "pending" });
  emit(ctx, "charge.pending", charge);
  if (intent.setup_future_usage !== null && intent.customer !== null)
    attachTo(ctx, method, intent.customer);
  const processing = ctx.store.paymentIntents.put({
    ...intent,
    status: "processing",
    payment_method: method.id,
    latest_charge: charge.id,
    last_payment_error: null,
  });
  emit(ctx, "payment_intent.processing", processing);
  return { is: "processing", intent: processing };
}

function requireAction(
  ctx: Context,
  intent: PaymentIntent,
  method: PaymentMethod,
  authenticateAt: AttemptOptions["authenticateAt"],
): AttemptResult {
  const waiting = ctx.store.paymentIntents.put({
    ...intent,
    status: "requires_action",
    payment_method: method.id,
    next_action:
      authenticateAt === null
        ? { type: "use_stripe_sdk", use_stripe_sdk: {} }
        : {
            type: "redirect_to_url",
            redirect_to_url: { return_url: authenticateAt.returnUrl, url: authenticateAt.url },
          },
  });
  emit(ctx, "payment_intent.requires_action", waiting);
  return { is: "requires_action", intent: waiting };
}

/**
 * Tries to collect the payment of an intent. The consequences elsewhere (a session, an invoice) are
 * the caller's.
 */
export function attemptPayment(
  ctx: Context,
  intent: PaymentIntent,
  method: PaymentMethod,
  options: AttemptOptions,
): AttemptResult {
  if (method.type === "us_bank_account") return startBankDebit(ctx, intent, method);
  if (options.decline !== undefined) return declineCharge(ctx, intent, method, options.decline);
  const behaviour = behaviourOfMethod(ctx, method);
  switch (behaviour.does) {
    case "pays":
      return succeedIntent(ctx, intent, method, options.authenticated ?? false);
    case "authenticates": {
      const isSetUp = !behaviour.always && method.customer !== null;
      if (options.authenticated === true || isSetUp)
        return succeedIntent(ctx, intent, method, options.authenticated ?? false);
      return options.offSession === true
        ? declineCharge(ctx, intent, method, AUTHENTICATION_REQUIRED)
        : requireAction(ctx, intent, method, options.authenticateAt);
    }
    case "declines":
      return declineCharge(ctx, intent, method, behaviour);
    default:
      return behaviour satisfies never;
  }
}

/**
 * Continues with an intent that waits for its card holder. Returns undefined if it does not wait.
 */
export function resumeAfterAuthentication(
  ctx: Context,
  intentId: string,
  didAuthenticate: boolean,
): AttemptResult | undefined {
  const intent = ctx.store.paymentIntents.get(intentId);
  const method = ctx.store.paymentMethods.get(intent?.payment_method ?? "");
  if (intent?.status !== "requires_action" || method === undefined) return undefined;
  return didAuthenticate
    ? attemptPayment(ctx, intent, method, { authenticated: true, authenticateAt: null })
    : failIntent(ctx, intent, method, AUTHENTICATION_FAILED);
}

/** Ends the wait for a bank debit. Returns undefined if the intent does not wait for one. */
export function completeIntentDebit(
  ctx: Context,
  intentId: string,
  outcome: "succeeded" | "failed",
): AttemptResult | undefined {
  const intent = ctx.store.paymentIntents.get(intentId);
  const charge = ctx.store.charges.get(intent?.latest_charge ?? "");
  const method = ctx.store.paymentMethods.get(intent?.payment_method ?? "");
  if (intent?.status !== "processing" || charge === undefined) return undefined;
  if (outcome === "failed") {
    const decline: Decline = {
      code: "payment_intent_payment_attempt_failed",
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
    return failIntent(ctx, intent, method, decline, failed);
  }
  const paidCharge = ctx.store.charges.put({
    ...charge,
    status: "succeeded",
    paid: true,
    captured: true,
    amount_captured: charge.amount,
    receipt_url: `${ctx.origin}/#${charge.id}`,
  });
  emit(ctx, "charge.succeeded", paidCharge);
  const paid = ctx.store.paymentIntents.put({
    ...intent,
    status: "succeeded",
    amount_received: intent.amount,
  });
  emit(ctx, "payment_intent.succeeded", paid);
  return { is: "succeeded", intent: paid };
}

/**
 * Opens the dispute that some test cards cause after a payment. To be called when all other
 * consequences of the payment are done.
 */
export function openTestCardDispute(ctx: Context, { intent }: AttemptResult): void {
  const charge = ctx.store.charges.get(intent.latest_charge ?? "");
  const method = ctx.store.paymentMethods.get(charge?.payment_method ?? "");
  if (charge?.status !== "succeeded" || method === undefined || charge.disputed) return;
  const behaviour = behaviourOfMethod(ctx, method);
  if (behaviour.does !== "pays") return;
  if (behaviour.later === "disputed") openDispute(ctx, charge, { reason: "fraudulent" });
  if (behaviour.later === "inquired")
    openDispute(ctx, charge, { reason: "fraudulent", isInquiry: true });
}
