import { z } from "zod";
import { formatError } from "../../db.ts";
import type { Failure } from "../../errors.ts";

const stripeError = z.object({
  statusCode: z.number().optional(),
  code: z.string().optional(),
  param: z.string().optional(),
  message: z.string(),
});

/** The failure when Stripe gave no usable answer. */
export const STRIPE_UNAVAILABLE: Failure = {
  code: "billing_unavailable",
  message: "We can't reach Stripe right now. You weren't charged; try again.",
};

/** Each change of a subscription makes an invoice. Stripe makes 10 a minute and 20 a day. */
const TOO_MANY_CHANGES: Failure = {
  code: "billing_unavailable",
  message:
    "This subscription was changed too often. Stripe allows 10 changes a minute and 20 a " +
    "day. Nothing was changed or charged; try again later.",
};

/** A card that was declined, whatever for. Its bank tells its holder why. */
export const CARD_DECLINED: Failure = {
  code: "card_declined",
  message: "Your card was declined.",
  param: "card_declined",
};

/** Stripe's codes for a payment that the card holder has to confirm with the bank (3-D Secure). */
const WANTS_HOLDER: ReadonlySet<string | undefined> = new Set([
  "authentication_required",
  "subscription_payment_intent_requires_action",
]);

/** A payment that its card's holder has to confirm. It counts as declined: nothing was paid. */
const UNCONFIRMED: Failure = {
  code: "card_declined",
  message: "Your bank requires you to confirm this payment.",
  param: "authentication_required",
};

/** Returns whether a payment failed only because the card holder has to confirm it. */
export const wantsConfirmation = ({ param }: Failure): boolean => param === UNCONFIRMED.param;

/** Builds the failure of a promotion code that cannot be used. */
export const promotionCodeFailure = (reason: string): Failure => ({
  code: "invalid_request",
  message: `promotionCode: ${reason}.`,
  param: "promotionCode",
});

/**
 * Returns why Stripe refused a promotion code. Its codes for that are not documented, and its
 * message is in English whatever the buyer's language.
 */
function whyRefused({ code = "", message }: z.infer<typeof stripeError>): string {
  if (code === "coupon_expired") return "this code has expired";
  if (/first_time/.test(code) || /prior transactions/i.test(message))
    return "this code is only for your first purchase";
  if (/minimum/.test(code) || /minimum amount/i.test(message))
    return "this code needs a larger purchase";
  return "this code doesn't apply to this purchase";
}

/**
 * Converts an error of the Stripe client into a failure. Stripe's own words reach no user: they
 * may name what is none of the user's business, and the bank's reason would tell a thief which of
 * many card numbers are good. Discounts come from promotion codes alone, so an error about
 * a discount is about the code.
 */
export function toStripeFailure(error: unknown): Failure {
  const { data } = stripeError.safeParse(error);
  const status = data?.statusCode;
  // It has no code of its own: https://docs.stripe.com/rate-limits#subscriptions
  if (status === 429 && /invoice/i.test(data?.message ?? "")) return TOO_MANY_CHANGES;
  if (
    data === undefined ||
    status === undefined ||
    status >= 500 ||
    status === 409 ||
    status === 429
  )
    return STRIPE_UNAVAILABLE;
  if (status === 401 || status === 403) {
    return {
      code: "misconfigured",
      message: "Stripe rejected the key in the setting STRIPE_SECRET_KEY.",
      param: "STRIPE_SECRET_KEY",
    };
  }
  // There is no code for it, only this message.
  if (status === 400 && /cannot combine currencies/i.test(data.message)) {
    const message =
      "currency: you have a subscription or unpaid invoice in another currency. Choose that " +
      "currency, or cancel the subscription and pay the invoice first.";
    return { code: "invalid_request", message, param: "currency" };
  }
  const isAboutCode = /^(promotion_code|coupon)/.test(data.code ?? "");
  if (status === 400 && (isAboutCode || data.param?.startsWith("discounts") === true)) {
    return promotionCodeFailure(whyRefused(data));
  }
  if (status === 402) return WANTS_HOLDER.has(data.code) ? UNCONFIRMED : CARD_DECLINED;
  const param = data.code ?? "invalid_request_error";
  return {
    code: "stripe_refused",
    message: `Stripe declined this request (${param}). You weren't charged.`,
    param,
  };
}

/** Returns whether Stripe refused because it has no such object, or has it no more. */
export const isMissingAtStripe = (failure: Failure): boolean =>
  failure.param === "resource_missing";

/**
 * Returns the words of an error for storing or logging, without anything that looks like a secret.
 */
export function describeError(error: unknown): string {
  return formatError(error)
    .replace(/\b(sk|rk|pk|whsec)_[\w*]+/g, "$1_…")
    .slice(0, 500);
}
