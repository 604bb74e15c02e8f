import type { Stripe } from "stripe";
import { expect, it } from "vitest";
import {
  DAY_SECONDS,
  HOUR_SECONDS,
  idOf,
  standInStripe,
  type TestStripe,
} from "../support/stripe.ts";

/** Subscribes on a checkout page by bank debit. */
async function subscribeByDebit(stripe: TestStripe, trialDays?: number) {
  const customer = (await stripe.client.customers.create({ email: "buyer@example.com" })).id;
  const session = await stripe.client.checkout.sessions.create({
    mode: "subscription",
    customer,
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency: "usd",
          unit_amount: 1500,
          recurring: { interval: "month" },
          product_data: { name: "Pro" },
        },
      },
    ],
    ...(trialDays === undefined ? {} : { subscription_data: { trial_period_days: trialDays } }),
    success_url: "http://farebox.test/",
  });
  expect((await stripe.pay(session.url ?? "", { method: "us_bank_account" })).status).toBe(303);
  return { sessionId: session.id, customer };
}

async function readState({ client }: TestStripe, sessionId: string) {
  const session = await client.checkout.sessions.retrieve(sessionId, { expand: ["subscription"] });
  const { subscription } = session;
  if (subscription === null || typeof subscription === "string") throw new Error("no subscription");
  const { data } = await client.invoices.list({ subscription: subscription.id });
  return {
    session: `${session.status} ${session.payment_status}`,
    subscription: subscription.status,
    invoices: data.map((invoice) => invoice.status),
  };
}

it("a subscription by bank debit is active while its first invoice is open", async () => {
  const stripe = standInStripe();
  const { sessionId } = await subscribeByDebit(stripe);
  const waiting = { session: "complete unpaid", subscription: "active", invoices: ["open"] };
  expect(await readState(stripe, sessionId)).toEqual(waiting);
  stripe.control.advance(5 * DAY_SECONDS);
  expect(await readState(stripe, sessionId)).toEqual(waiting);
  stripe.control.completeDebit(sessionId, "succeeded");
  expect(await readState(stripe, sessionId)).toEqual({
    session: "complete paid",
    subscription: "active",
    invoices: ["paid"],
  });
});

it("a first debit that fails voids the invoice, and the subscription remains active", async () => {
  const stripe = standInStripe();
  const { sessionId } = await subscribeByDebit(stripe);
  stripe.control.advance(5 * DAY_SECONDS);
  stripe.control.completeDebit(sessionId, "failed");
  expect(await readState(stripe, sessionId)).toEqual({
    session: "complete unpaid",
    subscription: "active",
    invoices: ["void"],
  });
  expect(stripe.control.events().map(({ type }) => type)).toContain(
    "checkout.session.async_payment_failed",
  );
});

const openIntent = async (
  { client }: TestStripe,
  customer: string,
): Promise<Stripe.PaymentIntent> => {
  const { data } = await client.paymentIntents.list({ customer });
  const intent = data.find(({ status }) => status === "processing");
  if (intent === undefined) throw new Error("no debit is under way");
  return intent;
};

it("a renewal by bank debit is active until it fails, and then past due", async () => {
  const stripe = standInStripe();
  const { sessionId, customer } = await subscribeByDebit(stripe);
  stripe.control.completeDebit(sessionId, "succeeded");
  stripe.control.advance(32 * DAY_SECONDS);
  expect(await readState(stripe, sessionId)).toMatchObject({
    subscription: "active",
    invoices: ["open", "paid"],
  });
  stripe.control.completeIntentDebit((await openIntent(stripe, customer)).id, "failed");
  expect((await readState(stripe, sessionId)).subscription).toBe("past_due");
});

it("a trial saves the bank account, and debits it at its end", async () => {
  const stripe = standInStripe();
  const { sessionId, customer } = await subscribeByDebit(stripe, 14);
  expect((await readState(stripe, sessionId)).subscription).toBe("trialing");
  stripe.control.advance(14 * DAY_SECONDS + 2 * HOUR_SECONDS);
  expect((await openIntent(stripe, customer)).amount).toBe(1500);
  expect((await readState(stripe, sessionId)).subscription).toBe("active");
});

it.each(["void", "mark_uncollectible"] as const)(
  "an overdue subscription is active again once its invoice is given up by %s",
  async (how) => {
    const stripe = standInStripe();
    const { id, customer } = await stripe.subscribe();
    stripe.control.failPayments(idOf(customer));
    stripe.control.advance(32 * DAY_SECONDS);
    const before = await stripe.client.subscriptions.retrieve(id);
    expect(before.status).toBe("past_due");
    const invoiceId = idOf(before.latest_invoice);
    await (how === "void"
      ? stripe.client.invoices.voidInvoice(invoiceId)
      : stripe.client.invoices.markUncollectible(invoiceId));
    expect((await stripe.client.subscriptions.retrieve(id)).status).toBe("active");
  },
);

it("a subscription that never began has expired once its invoice is void", async () => {
  const stripe = standInStripe();
  const { id, latest_invoice } = await stripe.subscribe({ card: "pm_card_chargeCustomerFail" });
  await stripe.client.invoices.voidInvoice(idOf(latest_invoice));
  expect((await stripe.client.subscriptions.retrieve(id)).status).toBe("incomplete_expired");
});
