import { eq, sql } from "drizzle-orm";
import type Stripe from "stripe";
import { type Config, listSecrets } from "../../../config.ts";
import type { Context } from "../../../context.ts";
import { hmacHex } from "../../../digest.ts";
import { ok, type Result } from "../../../errors.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { idOrNull } from "../../stripe/values.ts";
import { trialCards } from "../../tables.ts";
import type { SubscriptionFacts } from "./subscription-facts.ts";

/** The reason for which a subscription ended and its order failed: its user reads it. */
export const CARD_HAD_TRIAL =
  "This card already had a free trial. You weren't charged. Subscribe without a trial.";

/** Stripe's name for a card or a bank account, whatever customer has it; null for other ways. */
const fingerprintOf = ({
  card,
  us_bank_account,
  sepa_debit,
}: Stripe.PaymentMethod): string | null =>
  card?.fingerprint ?? us_bank_account?.fingerprint ?? sepa_debit?.fingerprint ?? null;

/**
 * Fetches the fingerprint of what is to pay once the trial is over: the subscription's own payment
 * method, or the customer's.
 */
async function fetchFingerprint(
  config: Config,
  { paymentMethodId, stripeCustomerId }: SubscriptionFacts,
): Promise<Result<string | null>> {
  let id = paymentMethodId;
  if (id === null) {
    const customer = await callStripe(config, (stripe) =>
      stripe.customers.retrieve(stripeCustomerId),
    );
    if (!customer.ok) return customer;
    id =
      customer.value.deleted === true
        ? null
        : idOrNull(customer.value.invoice_settings.default_payment_method);
  }
  if (id === null) return ok(null);
  const methodId = id;
  const method = await callStripe(config, (stripe) => stripe.paymentMethods.retrieve(methodId));
  return method.ok ? ok(fingerprintOf(method.value)) : method;
}

/**
 * Decides whether a trial may go on: a card has one, whichever of several users begins with it. The
 * statement that records the trial decides, so of any number at once one goes on; what was decided
 * stays.
 * @returns false for a trial of a card that had one with another user
 */
export async function admitTrial(
  ctx: Context,
  facts: SubscriptionFacts,
  userId: string,
): Promise<Result<boolean>> {
  const { db, config, nowMs } = ctx;
  if (facts.trialEnd === null || !config.TRIAL_ONCE_PER_CARD) return ok(true);
  const findDecision = async () =>
    await db
      .select({ isRefused: trialCards.isRefused })
      .from(trialCards)
      .where(eq(trialCards.subscriptionId, facts.id))
      .get();
  const known = await findDecision();
  if (known !== undefined) return ok(!known.isRefused);
  if (facts.status !== "trialing") return ok(true);
  const fingerprint = await fetchFingerprint(config, facts);
  if (!fingerprint.ok) return fingerprint;
  if (fingerprint.value === null) return ok(true);
  const text = `trial card:${fingerprint.value}`;
  const hashes = await Promise.all(listSecrets(config).map((secret) => hmacHex(secret, text)));
  const hash = await hmacHex(config.JWT_SECRET, text);
  const ofCard = sql`(select value from json_each(${JSON.stringify(hashes)}))`;
  // This table names nobody: the row of a subscription says whose trial it was.
  const isTaken = sql`exists (
    select 1 from trial_cards as others
    where others.fingerprint_hash in ${ofCard} and others.is_refused = 0
      and not exists (
        select 1 from subscriptions
        where subscriptions.id = others.subscription_id and subscriptions.user_id = ${userId}
      )
  )`;
  await db
    .insert(trialCards)
    .select(sql`select ${facts.id}, ${hash}, ${isTaken}, ${nowMs} where true`)
    .onConflictDoNothing({ target: trialCards.subscriptionId });
  return ok((await findDecision())?.isRefused !== true);
}
