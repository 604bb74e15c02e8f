import type { Context } from "../context.ts";
import { amountStep, checkChargeable, describeMinimum } from "../currencies.ts";
import { ApiError, Declined, invalid } from "../errors.ts";
import type { PaymentIntent } from "../wire.ts";
import { applyAfterAttempt } from "./after-attempt.ts";
import { type AttemptResult, attemptPayment } from "./attempt.ts";
import { checkUsable, findMethod } from "./methods.ts";

/**
 * Returns the error about an intent's unexpected state, which includes the intent, as Stripe does.
 */
export const unexpectedState = (message: string, intent: PaymentIntent): ApiError =>
  new ApiError(400, {
    type: "invalid_request_error",
    code: "payment_intent_unexpected_state",
    message,
    payment_intent: intent,
  });

/**
 * Checks that Stripe can charge an amount.
 * @throws {ApiError} 400
 */
export function checkAmount(amountMinor: number, code: string): void {
  const verdict = checkChargeable(amountMinor, code);
  switch (verdict) {
    case "ok":
      return;
    case "too_small":
      throw invalid(
        describeMinimum("Amount must be", amountMinor, code),
        "amount",
        "amount_too_small",
      );
    case "too_large":
      throw invalid("Amount must be no more than 99999999", "amount", "amount_too_large");
    case "not_rounded":
      throw invalid(`Amounts in ${code} must be a multiple of ${amountStep(code)}.`, "amount");
    default:
      verdict satisfies never;
  }
}

/**
 * Checks that an intent does not belong to an open checkout session, which alone can change it.
 * @throws {ApiError} 400
 */
export function checkNotInCheckout(ctx: Context, intent: PaymentIntent, verb: string): void {
  const session = ctx.store.sessions.oldestFirst().find((row) => row.payment_intent === intent.id);
  if (session?.status === "open") {
    throw invalid(
      `You cannot ${verb} this PaymentIntent because it belongs to ` +
        `the Checkout Session ${session.id}.`,
    );
  }
}

/** Returns the decline of an attempt in its API form. */
function declinedError({ intent, decline }: Extract<AttemptResult, { is: "declined" }>): Declined {
  return new Declined({
    code: decline.code,
    decline_code: decline.declineCode,
    message: decline.message,
    charge: intent.last_payment_error?.charge,
    payment_intent: intent,
    payment_method: intent.last_payment_error?.payment_method,
  });
}

/**
 * Confirms an intent: collects its payment, or requires the card holder to authenticate first.
 * @throws {ApiError} 400, and 402 when declined
 */
export function confirmIntent(
  ctx: Context,
  intent: PaymentIntent,
  params: {
    readonly methodId?: string | undefined;
    readonly offSession?: boolean | undefined;
    readonly returnUrl?: string | undefined;
    readonly usage?: PaymentIntent["setup_future_usage"] | undefined;
  },
): PaymentIntent {
  checkNotInCheckout(ctx, intent, "confirm");
  if (intent.status === "succeeded" || intent.status === "processing") {
    const message =
      "You cannot confirm this PaymentIntent because it has already succeeded " +
      "after being previously confirmed.";
    throw unexpectedState(message, intent);
  }
  if (intent.status === "canceled") {
    throw unexpectedState(
      "You cannot confirm this PaymentIntent because it has a status of canceled.",
      intent,
    );
  }
  const methodId = params.methodId ?? intent.payment_method;
  if (methodId === null) {
    const message =
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can " +
      "either update the PaymentIntent with a payment method and then confirm it again, or " +
      "confirm it again directly with a payment method or ConfirmationToken.";
    throw unexpectedState(message, intent);
  }
  const automatic = intent.automatic_payment_methods;
  if (
    automatic?.allow_redirects === "always" &&
    params.returnUrl === undefined &&
    params.offSession !== true
  ) {
    const message =
      "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. " +
      "Because some of these payment methods might redirect your customer off of your page, you " +
      "must provide a `return_url`. If you don't want to accept redirect-based payment methods, " +
      "set `automatic_payment_methods[enabled]` to `true` and " +
      "`automatic_payment_methods[allow_redirects]` to `never` " +
      "when creating Setup Intents and Payment Intents.";
    throw invalid(message);
  }
  const method = findMethod(ctx, methodId, "payment_method");
  checkUsable(ctx, method, intent.customer);
  const confirmed = ctx.store.paymentIntents.put({
    ...intent,
    payment_method: method.id,
    setup_future_usage: params.usage === undefined ? intent.setup_future_usage : params.usage,
  });
  const result = attemptPayment(ctx, confirmed, method, {
    offSession: params.offSession ?? false,
    authenticateAt:
      params.returnUrl === undefined
        ? null
        : { url: `${ctx.origin}/c/intents/${intent.id}/authenticate`, returnUrl: params.returnUrl },
  });
  applyAfterAttempt(ctx, result);
  if (result.is === "declined") throw declinedError(result);
  return ctx.store.paymentIntents.get(intent.id) ?? result.intent;
}
