/** The behaviour of a test card when it is charged. */
export type CardBehaviour =
  /** `later` is what happens afterwards to the payment, or to a refund of it. */
  | {
      readonly does: "pays";
      readonly later?: "disputed" | "inquired" | "refunded_later" | "refund_fails";
    }
  /** Requires authentication always, or only until the card was set up for later use. */
  | { readonly does: "authenticates"; readonly always: boolean }
  | {
      readonly does: "declines";
      readonly code: string;
      readonly declineCode: string;
      readonly message: string;
      /** The card can be saved, and is declined only when it is charged. */
      readonly canBeSaved?: true;
    };

/** A valid card. */
export interface Card {
  readonly number: string;
  readonly behaviour: CardBehaviour;
  readonly brand: "visa" | "mastercard" | "amex" | "discover";
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
}

const pays: CardBehaviour = { does: "pays" };
const declines = (code: string, declineCode: string, message: string): CardBehaviour => ({
  does: "declines",
  code,
  declineCode,
  message,
});

/** Stripe's published test cards that this Stripe models. */
const TEST_CARDS = new Map<
  string,
  { readonly brand: Card["brand"]; readonly behaviour: CardBehaviour }
>([
  ["4242424242424242", { brand: "visa", behaviour: pays }],
  ["4000056655665556", { brand: "visa", behaviour: pays }],
  ["5555555555554444", { brand: "mastercard", behaviour: pays }],
  ["378282246310005", { brand: "amex", behaviour: pays }],
  ["6011111111111117", { brand: "discover", behaviour: pays }],
  ["4000002500003155", { brand: "visa", behaviour: { does: "authenticates", always: false } }],
  ["4000002760003184", { brand: "visa", behaviour: { does: "authenticates", always: true } }],
  ["4000000000000259", { brand: "visa", behaviour: { does: "pays", later: "disputed" } }],
  ["4000000000001976", { brand: "visa", behaviour: { does: "pays", later: "inquired" } }],
  ["4000000000007726", { brand: "visa", behaviour: { does: "pays", later: "refunded_later" } }],
  ["4000000000005126", { brand: "visa", behaviour: { does: "pays", later: "refund_fails" } }],
  [
    "4000000000000341",
    {
      brand: "visa",
      behaviour: {
        does: "declines",
        code: "card_declined",
        declineCode: "generic_decline",
        message: "Your card was declined.",
        canBeSaved: true,
      },
    },
  ],
  [
    "4000000000000002",
    {
      brand: "visa",
      behaviour: declines("card_declined", "generic_decline", "Your card was declined."),
    },
  ],
  [
    "4000000000009995",
    {
      brand: "visa",
      behaviour: declines(
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
      ),
    },
  ],
  [
    "4000000000009987",
    { brand: "visa", behaviour: declines("card_declined", "lost_card", "Your card was declined.") },
  ],
  [
    "4000000000000069",
    {
      brand: "visa",
      behaviour: declines("expired_card", "expired_card", "Your card has expired."),
    },
  ],
  [
    "4000000000000127",
    {
      brand: "visa",
      behaviour: declines(
        "incorrect_cvc",
        "incorrect_cvc",
        "Your card's security code is incorrect.",
      ),
    },
  ],
  [
    "4000000000000119",
    {
      brand: "visa",
      behaviour: declines(
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
      ),
    },
  ],
]);

/** Stripe's names for the test cards: `pm_card_visa` as a payment method, `tok_visa` as a token. */
const TEST_NAMES = new Map<string, string>([
  ["visa", "4242424242424242"],
  ["visa_debit", "4000056655665556"],
  ["mastercard", "5555555555554444"],
  ["amex", "378282246310005"],
  ["discover", "6011111111111117"],
  ["authenticationRequiredOnSetup", "4000002500003155"],
  ["authenticationRequired", "4000002760003184"],
  ["chargeDeclined", "4000000000000002"],
  ["visa_chargeDeclined", "4000000000000002"],
  ["chargeDeclinedInsufficientFunds", "4000000000009995"],
  ["visa_chargeDeclinedInsufficientFunds", "4000000000009995"],
  ["visa_chargeDeclinedLostCard", "4000000000009987"],
  ["chargeDeclinedExpiredCard", "4000000000000069"],
  ["chargeDeclinedIncorrectCvc", "4000000000000127"],
  ["chargeDeclinedProcessingError", "4000000000000119"],
  ["chargeCustomerFail", "4000000000000341"],
  ["createDispute", "4000000000000259"],
  ["createDisputeInquiry", "4000000000001976"],
  ["pendingRefund", "4000000000007726"],
  ["refundFail", "4000000000005126"],
]);

/** Finds the card of a test id: `pm_card_visa`, `tok_visa`. Returns undefined for any other id. */
export function findTestCard(id: string, nowMs: number): Card | undefined {
  const [, name = ""] = /^(?:pm_card|tok)_(.+)$/.exec(id) ?? [];
  const number = TEST_NAMES.get(name) ?? "";
  const testCard = TEST_CARDS.get(number);
  if (testCard === undefined) return undefined;
  return {
    ...testCard,
    number,
    last4: number.slice(-4),
    expMonth: 12,
    expYear: new Date(nowMs).getUTCFullYear() + 1,
  };
}

/** Returns the behaviour of a card by its number. An unknown one pays. */
export const behaviourOf = (number: string): CardBehaviour =>
  TEST_CARDS.get(number)?.behaviour ?? pays;

/** Checks a number by Luhn's check digit, which catches most mistyped numbers. */
export function passesLuhn(digits: string): boolean {
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, index) => {
      const doubled = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return digits.length >= 12 && sum % 10 === 0;
}

/** The first problem of a typed card, and the field that has it. */
export interface CardProblem {
  readonly field: "number" | "expiry" | "cvc";
  readonly message: string;
}

/**
 * Parses and validates a card as typed on the page.
 * @param nowMs the time, because a card is valid until the end of its month
 */
export function readCard(
  typed: { number: string; expiry: string; cvc: string },
  nowMs: number,
): Card | CardProblem {
  const number = typed.number.replace(/[\s-]/g, "");
  if (!/^\d+$/.test(number) || !passesLuhn(number))
    return { field: "number", message: "Your card number is invalid." };
  const testCard = TEST_CARDS.get(number);
  if (testCard === undefined) {
    return {
      field: "number",
      message:
        "This is not a test card that the local Stripe knows. Real cards are never taken here.",
    };
  }
  const [, month = "", year = ""] =
    /^(\d{1,2})\s*\/?\s*(\d{2}|\d{4})$/.exec(typed.expiry.trim()) ?? [];
  const expMonth = Number(month);
  const expYear = year.length === 2 ? 2000 + Number(year) : Number(year);
  if (month === "" || expMonth < 1 || expMonth > 12) {
    return {
      field: "expiry",
      message: "Your card's expiration date is invalid. Write it as MM / YY.",
    };
  }
  const monthsAhead =
    (expYear - new Date(nowMs).getUTCFullYear()) * 12 +
    (expMonth - 1 - new Date(nowMs).getUTCMonth());
  if (monthsAhead < 0)
    return { field: "expiry", message: "Your card's expiration date is in the past." };
  if (monthsAhead > 50 * 12)
    return { field: "expiry", message: "Your card's expiration year is invalid." };
  if (!(testCard.brand === "amex" ? /^\d{3,4}$/ : /^\d{3}$/).test(typed.cvc.trim())) {
    return { field: "cvc", message: "Your card's security code is invalid." };
  }
  return { ...testCard, number, last4: number.slice(-4), expMonth, expYear };
}
