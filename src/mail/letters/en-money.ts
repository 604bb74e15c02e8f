import { nameCountry } from "../../languages.ts";
import type { Meter } from "../../meters.ts";
import { createFormats, showName } from "./formats.ts";
import { type Block, type LetterFacts, type Letters, link, text } from "./letter.ts";

const { credits, money, number, time } = createFormats("en");

const METERS: Readonly<Record<Meter, string>> = {
  message: "messages",
  token: "tokens",
  agent: "agents",
  character: "characters",
  tool: "tool calls",
  image: "images",
  model_3d: "3D models",
};

type Unpaid = LetterFacts["payment_failed"];

const amountOf = ({ amountMinor, currency }: { amountMinor: number; currency: string }): string =>
  money(amountMinor, currency);

const cardOf = ({ cardLast4 }: Unpaid): string =>
  cardLast4 === null ? "" : ` with the card that ends in ${cardLast4}`;

/** The ways to pay: the invoice's own page, and the page where the card is changed. */
const waysToPay = ({ payUrl, billingUrl }: Unpaid, label: string): readonly Block[] => [
  ...(payUrl === null ? [] : [link(label, payUrl)]),
  link("Update your card", billingUrl),
];

/** Says by when to do it. @param what it begins with, such as "Please pay it" */
const deadline = ({ untilMs }: Unpaid, what: string): Block =>
  text(
    untilMs === null
      ? `${what}. Your plan is paused until then.`
      : `${what} by ${time(untilMs)} to keep your plan. After that, it ends.`,
  );

/** The letters about money and keys in English. */
export const enMoney: Pick<
  Letters,
  | "balance_low"
  | "allowance_used_up"
  | "payment_failed"
  | "payment_unconfirmed"
  | "payment_reminder"
  | "trial_ending"
  | "subscription_ended"
  | "refund_made"
  | "key_made"
  | "key_new_place"
> = {
  balance_low: ({ balanceMicrocredits, thresholdMicrocredits, creditsUrl }, site) => ({
    subject: `Your ${site} credits are running low`,
    blocks: [
      text(`You have ${credits(balanceMicrocredits)} credits left.`),
      text(
        "You asked us to tell you when your balance falls below " +
          `${credits(thresholdMicrocredits)}.`,
      ),
      text("When your credits run out, you can only use what your plan includes."),
      link("Buy credits", creditsUrl),
    ],
  }),
  allowance_used_up: ({ meter, limit, renewsAtMs, isBilledBeyond, pricingUrl }, site) => ({
    subject: `You've used all ${METERS[meter]} in your plan at ${site}`,
    blocks: [
      text(`You've used all ${number(limit)} ${METERS[meter]} in your plan.`),
      text(
        renewsAtMs === null
          ? "Your usage resets with your next subscription payment."
          : `Your usage resets on ${time(renewsAtMs)}.`,
      ),
      text(
        isBilledBeyond
          ? "Until then, extra usage is paid from your credits or added to your next invoice."
          : "Until then, you can use credits or upgrade your plan.",
      ),
      link("View plans and credits", pricingUrl),
    ],
  }),
  payment_failed: (facts, site) => ({
    subject: `Your payment to ${site} failed`,
    blocks: [
      text(`We could not collect ${amountOf(facts)} for ${showName(facts.plan)}${cardOf(facts)}.`),
      deadline(facts, "Pay the invoice or update your card"),
      ...waysToPay(facts, "Pay now"),
    ],
  }),
  payment_unconfirmed: (facts, site) => ({
    subject: `Confirm your payment to ${site}`,
    blocks: [
      text(
        `Your bank requires you to confirm the payment of ${amountOf(facts)} for ` +
          `${showName(facts.plan)}${cardOf(facts)}.`,
      ),
      deadline(facts, "Confirm the payment"),
      ...waysToPay(facts, "Confirm payment"),
    ],
  }),
  payment_reminder: (facts, site) => ({
    subject: `Your ${site} plan ends soon: payment overdue`,
    blocks: [
      text(`Your payment of ${amountOf(facts)} for ${showName(facts.plan)} is overdue.`),
      deadline(facts, "Pay the invoice or update your card"),
      text("This is the last reminder."),
      ...waysToPay(facts, "Pay now"),
    ],
  }),
  trial_ending: (facts, site) => ({
    subject: `Your ${site} trial is ending soon`,
    blocks: [
      text(`Your trial of ${showName(facts.plan)} ends on ${time(facts.endsAtMs)}.`),
      text(
        `You'll then be charged ${amountOf(facts)}, before discounts and taxes, and your ` +
          "subscription continues.",
      ),
      text("To avoid the charge, cancel before then."),
      link("Manage subscription", facts.billingUrl),
    ],
  }),
  subscription_ended: ({ plan, reason, pricingUrl }, site) => ({
    subject: `Your subscription at ${site} has ended`,
    blocks: [
      text(
        reason === "unpaid"
          ? `Your subscription to ${showName(plan)} has ended because a payment was overdue.`
          : `Your subscription to ${showName(plan)} has ended because it was canceled.`,
      ),
      text(
        "You keep your account, conversations, API keys and the credit packs you bought. " +
          "Credits from your last paid period are yours until that period ends.",
      ),
      link("Subscribe again", pricingUrl),
    ],
  }),
  refund_made: (facts, site) => ({
    subject: `Your refund from ${site}`,
    blocks: [
      text(`We refunded ${amountOf(facts)} for ${showName(facts.title)}.`),
      text(
        "The money goes to your original payment method and can take 5 to 10 business days to " +
          "appear.",
      ),
      link("View payments", facts.billingUrl),
    ],
  }),
  key_made: ({ name, isRotation, madeAtMs, keysUrl }, site) => ({
    subject: isRotation ? `New secret for a ${site} API key` : `New ${site} API key`,
    blocks: [
      text(
        isRotation
          ? `The API key ${showName(name)} got a new secret on ${time(madeAtMs)}.`
          : `The API key ${showName(name)} was created on ${time(madeAtMs)}.`,
      ),
      text("If this wasn't you, revoke the key and change your password right away."),
      link("View API keys", keysUrl),
    ],
  }),
  key_new_place: ({ name, country, atMs, keysUrl }, site) => ({
    subject: `A ${site} API key was used in a new country`,
    blocks: [
      text(
        `The API key ${showName(name)} was used in ${nameCountry("en", country)} for the first ` +
          `time, on ${time(atMs)}.`,
      ),
      text(
        "If this was you or one of your servers, you don't need to do anything. If not, " +
          "revoke the key:",
      ),
      link("View API keys", keysUrl),
    ],
  }),
};
