import { Stripe } from "stripe";
import { expect, it } from "vitest";
import { computeDue } from "../../dev/stripe/invoices/due.ts";
import {
  DAY_SECONDS,
  idOf,
  type SubscribeOptions,
  standInStripe,
  type TestStripe,
} from "../support/stripe.ts";

/**
 * Creates a subscription of 3000 for 30 days, and a higher, a lower and a yearly price of the same
 * product.
 */
async function subscribeToBasic(options: SubscribeOptions = {}) {
  const stripe = standInStripe({ nowMs: () => Date.parse("2026-04-01T00:00:00Z") });
  const { client } = stripe;
  const { id: product } = await client.products.create({ name: "Plan" });
  const createPrice = async (unit_amount: number, interval: "month" | "year" = "month") =>
    (await client.prices.create({ product, currency: "usd", unit_amount, recurring: { interval } }))
      .id;
  const prices = {
    basic: await createPrice(3000),
    pro: await createPrice(9000),
    small: await createPrice(600),
    yearly: await createPrice(30_000, "year"),
  };
  const subscription = await stripe.subscribe({ price: prices.basic, ...options });
  const item = subscription.items.data[0]?.id ?? "";
  const change = (plan: keyof typeof prices, more: Stripe.SubscriptionUpdateParams = {}) =>
    client.subscriptions.update(subscription.id, {
      items: [{ id: item, price: prices[plan] }],
      expand: ["latest_invoice"],
      ...more,
    });
  return {
    stripe,
    client,
    prices,
    item,
    change,
    id: subscription.id,
    customer: idOf(subscription.customer),
  };
}
const latestInvoice = (subscription: Stripe.Subscription): Stripe.Invoice => {
  if (typeof subscription.latest_invoice !== "object" || subscription.latest_invoice === null)
    throw new Error("no invoice");
  return subscription.latest_invoice;
};
const listLines = (invoice: Stripe.Invoice) =>
  invoice.lines.data.map((line) => [line.amount, line.description]);
const readBalance = async ({ client }: TestStripe, id: string) => {
  const customer = await client.customers.retrieve(id);
  return customer.deleted === true ? undefined : customer.balance;
};
const types = (stripe: TestStripe) => stripe.control.events().map((event) => event.type);

it("an upgrade credits the rest of the old price and charges that of the new one", async () => {
  const { stripe, change, item, prices } = await subscribeToBasic();
  stripe.control.advance(10 * DAY_SECONDS);
  const after = await change("pro", { proration_behavior: "always_invoice" });
  const invoice = latestInvoice(after);
  expect(listLines(invoice)).toEqual([
    [-2000, "Unused time on Plan after 11 Apr 2026"],
    [6000, "Remaining time on Plan after 11 Apr 2026"],
  ]);
  expect(invoice).toMatchObject({
    status: "paid",
    billing_reason: "subscription_update",
    total: 4000,
    amount_paid: 4000,
  });
  expect(invoice.lines.data[0]).toMatchObject({
    parent: {
      type: "subscription_item_details",
      subscription_item_details: { proration: true, subscription_item: item },
    },
    pricing: { price_details: { price: prices.basic } },
    period: {
      start: Date.parse("2026-04-11T00:00:00Z") / 1000,
      end: Date.parse("2026-05-01T00:00:00Z") / 1000,
    },
  });
  expect(after).toMatchObject({
    status: "active",
    items: { data: [{ id: item, price: { id: prices.pro } }] },
  });
});

it("a second is worth its share: 1/2592000 of the month", async () => {
  const { stripe, change } = await subscribeToBasic();
  stripe.control.advance(12_345);
  const restFraction = (30 * DAY_SECONDS - 12_345) / (30 * DAY_SECONDS);
  const lines = listLines(
    latestInvoice(await change("pro", { proration_behavior: "always_invoice" })),
  );
  expect(lines.map(([amount]) => amount)).toEqual([
    -Math.round(3000 * restFraction),
    Math.round(9000 * restFraction),
  ]);
});

it("a downgrade becomes credit, which the next invoices use up", async () => {
  const { stripe, client, change, customer, id } = await subscribeToBasic();
  stripe.control.advance(15 * DAY_SECONDS);
  const after = await change("small", { proration_behavior: "always_invoice" });
  expect(latestInvoice(after)).toMatchObject({
    status: "paid",
    total: -1200,
    amount_due: 0,
    amount_paid: 0,
    starting_balance: 0,
    ending_balance: -1200,
  });
  expect(await readBalance(stripe, customer)).toBe(-1200);
  stripe.control.advance(80 * DAY_SECONDS);
  const { data } = await client.invoices.list({ subscription: id });
  expect(data.map((one) => [one.total, one.amount_due, one.ending_balance]).toReversed()).toEqual([
    [3000, 3000, 0],
    [-1200, 0, -1200],
    [600, 0, -600],
    [600, 0, 0],
    [600, 600, 0],
  ]);
  expect((await client.charges.list({ customer })).data.map((charge) => charge.amount)).toEqual([
    600, 3000,
  ]);
});

it("prorations wait for the next invoice unless they are billed at once", async () => {
  const { stripe, client, change, id } = await subscribeToBasic();
  stripe.control.advance(10 * DAY_SECONDS);
  expect(latestInvoice(await change("pro")).billing_reason).toBe("subscription_create");
  stripe.control.advance(21 * DAY_SECONDS);
  const [renewal] = (await client.invoices.list({ subscription: id })).data;
  expect(renewal).toMatchObject({ billing_reason: "subscription_cycle", amount_paid: 13_000 });
  expect(renewal?.lines.data.map((line) => line.amount)).toEqual([-2000, 6000, 9000]);
});

it("without prorations a change costs nothing until the next period", async () => {
  const { stripe, client, change, id } = await subscribeToBasic();
  stripe.control.advance(10 * DAY_SECONDS);
  await change("pro", { proration_behavior: "none" });
  stripe.control.advance(21 * DAY_SECONDS);
  expect(
    (await client.invoices.list({ subscription: id })).data.map((one) => one.amount_paid),
  ).toEqual([9000, 3000]);
});

it("a higher quantity is prorated like another price", async () => {
  const { stripe, client, id, item } = await subscribeToBasic();
  stripe.control.advance(15 * DAY_SECONDS);
  const after = await client.subscriptions.update(id, {
    items: [{ id: item, quantity: 3 }],
    proration_behavior: "always_invoice",
    expand: ["latest_invoice"],
  });
  expect(listLines(latestInvoice(after))).toEqual([
    [-1500, "Unused time on Plan after 16 Apr 2026"],
    [4500, "Remaining time on 3 × Plan after 16 Apr 2026"],
  ]);
});

it("another interval keeps the anchor in the flexible billing mode", async () => {
  const { stripe, change } = await subscribeToBasic();
  stripe.control.advance(10 * DAY_SECONDS);
  const after = await change("yearly", { proration_behavior: "always_invoice" });
  expect(after.billing_cycle_anchor).toBe(Date.parse("2026-04-01T00:00:00Z") / 1000);
  expect(after.items.data[0]?.current_period_end).toBe(Date.parse("2027-04-01T00:00:00Z") / 1000);
  // 355 of 365 days of a year.
  expect(listLines(latestInvoice(after))).toEqual([
    [-2000, "Unused time on Plan after 11 Apr 2026"],
    [29_178, "Remaining time on Plan after 11 Apr 2026"],
  ]);
});

it("the anchor of the billing periods is an object, and no longer a word", async () => {
  const { client, id } = await subscribeToBasic();
  const refused = await client
    .rawRequest("POST", `/v1/subscriptions/${id}`, { billing_cycle_anchor: "now" })
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ statusCode: 400, param: "billing_cycle_anchor" });
});

it.each([
  // https://docs.stripe.com/billing/subscriptions/prorations#credit-prorations
  ["flexible", [-1000, 1000]],
  ["classic", [-3000, 1000]],
] as const)(
  "time that was never billed at a price is not credited at it in the %s mode: %j",
  async (type, amounts) => {
    const { stripe, client, prices, customer } = await subscribeToBasic();
    const { data: cards } = await client.customers.listPaymentMethods(customer);
    const { id, items, latest_invoice } = await client.subscriptions.create({
      customer,
      default_payment_method: cards[0]?.id ?? "",
      items: [{ price: prices.basic }],
      billing_mode: { type },
      expand: ["latest_invoice"],
    });
    const item = items.data[0]?.id ?? "";
    const changeTo = (price: string, proration_behavior: "always_invoice" | "none") =>
      client.subscriptions.update(id, {
        items: [{ id: item, price }],
        proration_behavior,
        expand: ["latest_invoice"],
      });
    stripe.control.advance(10 * DAY_SECONDS);
    await changeTo(prices.pro, "none");
    stripe.control.advance(10 * DAY_SECONDS);
    const { lines } = latestInvoice(await changeTo(prices.basic, "always_invoice"));
    expect(lines.data.map(({ amount }) => amount)).toEqual(amounts);
    const [debit] = typeof latest_invoice === "object" ? (latest_invoice?.lines.data ?? []) : [];
    const credited = lines.data[0]?.parent?.subscription_item_details?.proration_details;
    expect(credited?.credited_items ?? null).toEqual(
      type === "classic"
        ? null
        : { invoice: idOf(latest_invoice), invoice_line_items: [debit?.id] },
    );
  },
);

it("each charge is credited once, at what was charged", async () => {
  const { stripe, client, change, id } = await subscribeToBasic();
  stripe.control.advance(10 * DAY_SECONDS);
  await change("pro", { proration_behavior: "always_invoice" });
  stripe.control.advance(10 * DAY_SECONDS);
  expect(
    listLines(latestInvoice(await change("small", { proration_behavior: "always_invoice" }))),
  ).toEqual([
    [-3000, "Unused time on Plan after 21 Apr 2026"],
    [200, "Remaining time on Plan after 21 Apr 2026"],
  ]);
  const ended = await client.subscriptions.cancel(id, {
    prorate: true,
    invoice_now: true,
    expand: ["latest_invoice"],
  });
  expect(listLines(latestInvoice(ended))).toEqual([
    [-200, "Unused time on Plan after 21 Apr 2026"],
  ]);
});

it("another interval begins a new period on request, billed at once", async () => {
  const { stripe, change } = await subscribeToBasic();
  stripe.control.advance(10 * DAY_SECONDS);
  const after = await change("yearly", { billing_cycle_anchor: { type: "now" } });
  const now = Date.parse("2026-04-11T00:00:00Z") / 1000;
  expect(after.billing_cycle_anchor).toBe(now);
  expect(after.items.data[0]).toMatchObject({
    current_period_start: now,
    current_period_end: Date.parse("2027-04-11T00:00:00Z") / 1000,
  });
  expect(listLines(latestInvoice(after))).toEqual([
    [-2000, "Unused time on Plan after 11 Apr 2026"],
    [30_000, "1 × Plan (at $300.00 / year)"],
  ]);
  expect(latestInvoice(after).amount_paid).toBe(28_000);
});

it("the end of a trial is billed in full; a change within it costs nothing", async () => {
  const { client, change, id } = await subscribeToBasic({ trialDays: 14 });
  expect(
    latestInvoice(await change("pro", { proration_behavior: "always_invoice" })).billing_reason,
  ).toBe("subscription_create");
  const after = await client.subscriptions.update(id, {
    trial_end: "now",
    expand: ["latest_invoice"],
  });
  expect(after).toMatchObject({
    status: "active",
    latest_invoice: { status: "paid", amount_paid: 9000 },
  });
});

it("a declined upgrade is past due, or refused as a whole on request", async () => {
  const { stripe, client, change, id, customer, prices } = await subscribeToBasic();
  stripe.control.failPayments(customer);
  const events = types(stripe).length;
  const refused = change("pro", {
    proration_behavior: "always_invoice",
    payment_behavior: "error_if_incomplete",
  });
  await expect(refused).rejects.toBeInstanceOf(Stripe.errors.StripeCardError);
  expect(types(stripe)).toHaveLength(events);
  expect((await client.subscriptions.retrieve(id)).items.data[0]?.price.id).toBe(prices.basic);

  const after = await change("pro", { proration_behavior: "always_invoice" });
  expect(after).toMatchObject({
    status: "past_due",
    latest_invoice: { status: "open", amount_remaining: 6000 },
  });
  stripe.control.failPayments(customer, false);
  await client.invoices.pay(latestInvoice(after).id ?? "");
  expect((await client.subscriptions.retrieve(id)).status).toBe("active");
});

it("canceling at once credits the rest of the period on request", async () => {
  const { stripe, client, id, customer } = await subscribeToBasic();
  stripe.control.advance(20 * DAY_SECONDS);
  const canceled = await client.subscriptions.cancel(id, {
    prorate: true,
    invoice_now: true,
    expand: ["latest_invoice"],
  });
  expect(canceled).toMatchObject({
    status: "canceled",
    latest_invoice: { total: -1000, status: "paid", ending_balance: -1000 },
  });
  expect(await readBalance(stripe, customer)).toBe(-1000);
  await expect(client.subscriptions.cancel(id)).rejects.toMatchObject({ statusCode: 404 });
  await expect(
    client.subscriptions.update(id, { cancel_at_period_end: true }),
  ).rejects.toMatchObject({ statusCode: 400 });
});

it("without a request nothing is credited", async () => {
  const { stripe, client, id, customer } = await subscribeToBasic();
  await client.subscriptions.cancel(id);
  expect(await readBalance(stripe, customer)).toBe(0);
  expect(types(stripe).at(-1)).toBe("customer.subscription.deleted");
});

it.each([
  [-100, 0, 0, -100],
  [500, -200, 300, 0],
  [500, -800, 0, -300],
  [20, 0, 0, 20],
  [500, 20, 520, 0],
  [0, -300, 0, -300],
])(
  "a total of %i with a balance of %i is %i due and leaves %i",
  (total, balance, amountDueMinor, endingBalanceMinor) => {
    expect(computeDue(total, balance, "usd")).toEqual({ amountDueMinor, endingBalanceMinor });
  },
);

it.each([
  ["in another currency", { currency: "eur", recurring: { interval: "month" } }],
  ["that is paid once", { currency: "usd" }],
] as const)("a price %s is refused", async (_, terms) => {
  const { client, id, item } = await subscribeToBasic();
  const { id: createPrice } = await client.prices.create({
    unit_amount: 100,
    product_data: { name: "x" },
    ...terms,
  });
  const refused = client.subscriptions.update(id, { items: [{ id: item, price: createPrice }] });
  await expect(refused).rejects.toMatchObject({ statusCode: 400, param: "items[0][price]" });
});

it("a change may wait for its payment: it is made once that is confirmed", async () => {
  const { stripe, change, prices } = await subscribeToBasic();
  const waiting = await wantAuthentication(stripe, () =>
    change("pro", {
      payment_behavior: "pending_if_incomplete",
      proration_behavior: "always_invoice",
    }),
  );
  expect(waiting).toMatchObject({
    status: "active",
    items: { data: [{ price: { id: prices.basic } }] },
    pending_update: { subscription_items: [{ price: { id: prices.pro } }] },
    latest_invoice: { status: "open", auto_advance: false },
  });
  const { hosted_invoice_url: url } = await stripe.client.invoices.retrieve(
    idOf(waiting.latest_invoice),
  );
  await stripe.fetch(new Request(url ?? "", { method: "POST" }));
  expect(await stripe.client.subscriptions.retrieve(waiting.id)).toMatchObject({
    items: { data: [{ price: { id: prices.pro } }] },
    pending_update: null,
  });
  const types = stripe.control.events().map(({ type }) => type);
  expect(types).toContain("customer.subscription.pending_update_applied");
});

it("a change that waits for its payment is dropped after 23 hours", async () => {
  const { stripe, change, prices } = await subscribeToBasic();
  const waiting = await wantAuthentication(stripe, () =>
    change("pro", {
      payment_behavior: "pending_if_incomplete",
      proration_behavior: "always_invoice",
    }),
  );
  stripe.control.advance(23 * 3600);
  expect(
    await stripe.client.subscriptions.retrieve(waiting.id, { expand: ["latest_invoice"] }),
  ).toMatchObject({
    status: "active",
    items: { data: [{ price: { id: prices.basic } }] },
    pending_update: null,
    latest_invoice: { status: "void" },
  });
  const types = stripe.control.events().map(({ type }) => type);
  expect(types).toContain("customer.subscription.pending_update_expired");
});

it("a change that may wait for its payment changes nothing but what is billed", async () => {
  const { change } = await subscribeToBasic();
  await expect(
    change("pro", { payment_behavior: "pending_if_incomplete", metadata: { a: "b" } }),
  ).rejects.toMatchObject({ statusCode: 400, param: "metadata" });
});

/** Changes something while the customer's bank wants each payment to be confirmed. */
async function wantAuthentication<T>(stripe: TestStripe, make: () => Promise<T>): Promise<T> {
  const [subscription] = (await stripe.client.subscriptions.list()).data;
  const customer = idOf(subscription?.customer);
  const card = await stripe.client.paymentMethods.attach("pm_card_authenticationRequired", {
    customer,
  });
  await stripe.client.subscriptions.update(subscription?.id ?? "", {
    default_payment_method: card.id,
  });
  return await make();
}
