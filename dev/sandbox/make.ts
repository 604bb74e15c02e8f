import type { Stripe } from "stripe";
import type { Trial } from "./trial.ts";

const BILLING_MODE = { type: "flexible" } as const;

/** Makes a customer, who is deleted at the end, with all subscriptions. */
export async function makeCustomer(trial: Trial): Promise<string> {
  const { stripe } = trial;
  const { id } = await stripe.customers.create({ email: "sandbox@example.com" });
  trial.later(() => stripe.customers.del(id));
  return id;
}

/** Makes a customer who pays by a card that is good. */
export async function makePayer(trial: Trial): Promise<string> {
  const customer = await makeCustomer(trial);
  const { id } = await trial.stripe.paymentMethods.attach("pm_card_visa", { customer });
  await trial.stripe.customers.update(customer, {
    invoice_settings: { default_payment_method: id },
  });
  return customer;
}

/** Makes a product, which is archived at the end. */
export async function makeProduct(trial: Trial): Promise<string> {
  const { stripe } = trial;
  const { id } = await stripe.products.create({ name: "Farebox sandbox check" });
  trial.later(() => stripe.products.update(id, { active: false }));
  return id;
}

/** Makes a price in US dollars, which is archived at the end. */
export async function makePrice(
  trial: Trial,
  product: string,
  terms: Partial<Stripe.PriceCreateParams>,
): Promise<string> {
  const { stripe } = trial;
  const { id } = await stripe.prices.create({ currency: "usd", product, ...terms });
  trial.later(() => stripe.prices.update(id, { active: false }));
  return id;
}

export const makeMonthly = (trial: Trial, product: string): Promise<string> =>
  makePrice(trial, product, { unit_amount: 1500, recurring: { interval: "month" } });

/** Subscribes a customer as Farebox does. */
export const subscribe = (
  trial: Trial,
  customer: string,
  prices: readonly string[],
): Promise<Stripe.Subscription> =>
  trial.stripe.subscriptions.create({
    customer,
    billing_mode: BILLING_MODE,
    items: prices.map((price) => ({ price })),
  });

/** Makes a meter that sums up, which is deactivated at the end. */
export async function makeMeter(trial: Trial): Promise<{ id: string; eventName: string }> {
  const { stripe } = trial;
  const eventName = `farebox_sandbox_${crypto.randomUUID().slice(0, 8)}`;
  const { id } = await stripe.billing.meters.create({
    display_name: eventName,
    event_name: eventName,
    default_aggregation: { formula: "sum" },
  });
  trial.later(() => stripe.billing.meters.deactivate(id));
  return { id, eventName };
}

/** Makes a promotion code of a tenth, which is deactivated at the end. */
export async function makeCode(
  trial: Trial,
  restrictions: Stripe.PromotionCodeCreateParams.Restrictions,
): Promise<string> {
  const { stripe } = trial;
  const { id: coupon } = await stripe.coupons.create({ percent_off: 10, duration: "once" });
  trial.later(() => stripe.coupons.del(coupon));
  const { id } = await stripe.promotionCodes.create({
    promotion: { type: "coupon", coupon },
    restrictions,
  });
  trial.later(() => stripe.promotionCodes.update(id, { active: false }));
  return id;
}
