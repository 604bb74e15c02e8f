import type { Stripe } from "stripe";
import { describe, expect, it } from "vitest";
import { DAY_SECONDS, HOUR_SECONDS, idOf, standInStripe } from "../support/stripe.ts";

// https://docs.stripe.com/api/subscriptions/resume, and …/billing/subscriptions/pause

/** Subscribes for 15.00 a month and pauses it at once, without any credit. */
async function pauseSubscription(card = "pm_card_visa") {
  const stripe = standInStripe();
  const { id, customer } = await stripe.subscribe();
  const { id: method } = await stripe.client.paymentMethods.attach(card, {
    customer: idOf(customer),
  });
  await stripe.client.subscriptions.update(id, { default_payment_method: method });
  const paused = await stripe.client.subscriptions.pause(id, {
    bill_for: { unused_time_from: { type: "none" } },
  });
  const resume = (params: Stripe.SubscriptionResumeParams = {}) =>
    stripe.client.subscriptions.resume(id, { expand: ["latest_invoice"], ...params });
  const read = async () =>
    await stripe.client.subscriptions.retrieve(id, { expand: ["latest_invoice"] });
  return { stripe, id, paused, resume, read };
}

const onSuccess = { payment_behavior: "resume_on_payment_success" } as const;

it("a paused subscription says why, and makes no invoices", async () => {
  const { stripe, id, paused } = await pauseSubscription();
  expect(paused).toMatchObject({
    status: "paused",
    status_details: { paused: { subscription: { type: "pause_requested" } } },
  });
  stripe.control.advance(90 * DAY_SECONDS);
  expect((await stripe.client.invoices.list({ subscription: id })).data).toHaveLength(1);
});

it("a pause credits the rest of the period, with the next invoice or at once", async () => {
  const stripe = standInStripe();
  for (const [invoicing_behavior, total] of [
    ["pending_invoice_item", 1500 - 750],
    ["invoice", 1500],
  ] as const) {
    const { id, items } = await stripe.subscribe();
    const { current_period_start: start = 0, current_period_end: end = 0 } = items.data[0] ?? {};
    stripe.control.advance((end - start) / 2);
    await stripe.client.subscriptions.pause(id, { invoicing_behavior });
    const resumed = await stripe.client.subscriptions.resume(id, {
      ...onSuccess,
      expand: ["latest_invoice"],
    });
    expect(resumed).toMatchObject({ status: "active", latest_invoice: { total } });
  }
});

it("only an active subscription is paused, and only a paused one resumed", async () => {
  const { stripe, id } = await pauseSubscription();
  await expect(stripe.client.subscriptions.pause(id)).rejects.toMatchObject({ statusCode: 400 });
  const { id: active } = await stripe.subscribe();
  await expect(stripe.client.subscriptions.resume(active)).rejects.toMatchObject({
    statusCode: 400,
  });
});

describe("a resumption", () => {
  it("attempts no payment by default, and is over once its invoice is paid", async () => {
    const { stripe, resume, read } = await pauseSubscription();
    const resumed = await resume();
    expect(resumed).toMatchObject({
      status: "paused",
      latest_invoice: { status: "open", amount_due: 1500, attempted: false },
    });
    await expect(resume()).rejects.toMatchObject({ statusCode: 400 });
    await stripe.client.invoices.pay(idOf(resumed.latest_invoice));
    const after = await read();
    expect(after.status).toBe("active");
    expect(after.status_details).toBeUndefined();
    const types = stripe.control.events().map(({ type }) => type);
    expect(types).toContain("customer.subscription.resumed");
  });

  it("that nobody tries to pay is dropped after 23 hours", async () => {
    const { stripe, resume, read } = await pauseSubscription();
    await resume();
    stripe.control.advance(23 * HOUR_SECONDS - 1);
    expect(await read()).toMatchObject({ latest_invoice: { status: "open" } });
    stripe.control.advance(1);
    expect(await read()).toMatchObject({ status: "paused", latest_invoice: { status: "void" } });
    expect(await resume(onSuccess)).toMatchObject({ status: "active" });
  });

  it.each([
    ["voidInvoice", "paused"],
    ["markUncollectible", "active"],
  ] as const)("whose invoice is given up by %s leaves it %s", async (giveUp, status) => {
    const { stripe, resume, read } = await pauseSubscription();
    const { latest_invoice } = await resume();
    await stripe.client.invoices[giveUp](idOf(latest_invoice));
    expect((await read()).status).toBe(status);
  });

  it("that others fail to pay makes it past due", async () => {
    const { stripe, resume, read } = await pauseSubscription("pm_card_chargeCustomerFail");
    const { latest_invoice } = await resume();
    await expect(stripe.client.invoices.pay(idOf(latest_invoice))).rejects.toMatchObject({
      statusCode: 402,
    });
    expect((await read()).status).toBe("past_due");
  });

  it("on success is paid at once", async () => {
    const { resume } = await pauseSubscription();
    const resumed = await resume(onSuccess);
    expect(resumed).toMatchObject({
      status: "active",
      latest_invoice: { status: "paid", amount_paid: 1500 },
    });
  });

  it("on success stays paused while the card is declined, and is retried", async () => {
    const { stripe, id, resume, read } = await pauseSubscription("pm_card_chargeCustomerFail");
    const { customer, ...resumed } = await resume(onSuccess);
    expect(resumed).toMatchObject({
      status: "paused",
      latest_invoice: { status: "open", attempt_count: 1 },
    });
    const { id: card } = await stripe.client.paymentMethods.attach("pm_card_visa", {
      customer: idOf(customer),
    });
    await stripe.client.subscriptions.update(id, { default_payment_method: card });
    stripe.control.advance(3 * DAY_SECONDS);
    expect(await read()).toMatchObject({ status: "active", latest_invoice: { status: "paid" } });
  });
});
