import { Stripe } from "stripe";
import { expect, it } from "vitest";
import { DAY_SECONDS, idOf, standInStripe } from "../support/stripe.ts";

async function subscribeToBasic(card?: string) {
  const stripe = standInStripe({ nowMs: () => Date.parse("2026-04-01T00:00:00Z") });
  const { client } = stripe;
  const { id: product } = await client.products.create({ name: "Plan" });
  const createPrice = async (unit_amount: number, interval: "month" | "year" = "month") =>
    (await client.prices.create({ product, currency: "usd", unit_amount, recurring: { interval } }))
      .id;
  const [basic, pro, yearly] = [
    await createPrice(3000),
    await createPrice(9000),
    await createPrice(30_000, "year"),
  ];
  const subscription = await stripe.subscribe({
    price: basic,
    ...(card === undefined ? {} : { card }),
  });
  const item = subscription.items.data[0]?.id ?? "";
  const invoice = idOf(subscription.latest_invoice);
  return {
    stripe,
    client,
    basic,
    pro,
    yearly,
    item,
    invoice,
    id: subscription.id,
    customer: idOf(subscription.customer),
  };
}
const listAmounts = (invoice: Stripe.Invoice) => invoice.lines.data.map((line) => line.amount);

it("an invoice leads to its payment, and the payment to the invoice", async () => {
  const { client, invoice, customer } = await subscribeToBasic();
  const invoiceView = await client.invoices.retrieve(invoice, {
    expand: ["payments.data.payment.payment_intent", "customer"],
  });
  const [payment] = invoiceView.payments?.data ?? [];
  if (typeof payment?.payment.payment_intent !== "object") throw new Error("not expanded");
  const { payment_intent: intent } = payment.payment;
  expect(intent).toMatchObject({
    object: "payment_intent",
    amount: 3000,
    status: "succeeded",
    customer,
  });
  const payments = await client.invoicePayments.list({
    payment: { type: "payment_intent", payment_intent: intent.id },
  });
  expect(payments.data).toMatchObject([
    { id: payment.id, invoice, status: "paid", amount_paid: 3000, is_default: true },
  ]);
  expect(await client.invoicePayments.retrieve(payment.id, { expand: ["invoice"] })).toMatchObject({
    invoice: { id: invoice },
  });
  expect((await client.invoices.retrieve(invoice)).payments).toBeUndefined();
});

it("invoices are listed by customer, subscription and status, with page and PDF", async () => {
  const { stripe, client, id, customer } = await subscribeToBasic();
  stripe.control.advance(30 * DAY_SECONDS);
  await stripe.subscribe();
  expect((await client.invoices.list({ customer })).data).toHaveLength(2);
  expect((await client.invoices.list({ subscription: id, status: "draft" })).data).toMatchObject([
    {
      number: null,
      hosted_invoice_url: null,
      invoice_pdf: null,
      billing_reason: "subscription_cycle",
    },
  ]);
  const [paid] = (await client.invoices.list({ subscription: id, status: "paid" })).data;
  expect(paid).toMatchObject({
    number: expect.stringMatching(/^\w{8}-0001$/),
    invoice_pdf: expect.stringContaining("/pdf"),
  });
  const page = await stripe.open(paid?.hosted_invoice_url ?? "");
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("$30.00")]);
  const pdf = await stripe.open(paid?.invoice_pdf ?? "");
  expect([
    pdf.headers.get("content-type"),
    new TextDecoder().decode(await pdf.arrayBuffer()).slice(0, 5),
  ]).toEqual(["application/pdf", "%PDF-"]);
  const lines = await client.invoices.listLineItems(paid?.id ?? "", {
    expand: ["data.pricing.price_details.price"],
  });
  expect(lines.data[0]?.pricing?.price_details?.price).toMatchObject({
    object: "price",
    unit_amount: 3000,
  });
});

it("a preview shows what a change would bill, to the second, and changes nothing", async () => {
  const { stripe, client, id, item, pro } = await subscribeToBasic();
  stripe.control.advance(10 * DAY_SECONDS);
  const proration_date = Date.parse("2026-04-11T00:00:00Z") / 1000;
  const items = [{ id: item, price: pro }];
  const terms = { proration_behavior: "always_invoice", proration_date } as const;
  // The answer is stored for its idempotency key.
  const state = () => ({ ...stripe.control.snapshot(), answers: {} });
  const before = state();
  const preview = await client.invoices.createPreview({
    subscription: id,
    subscription_details: { items, ...terms },
  });
  expect(state()).toEqual(before);
  expect(listAmounts(preview)).toEqual([-2000, 6000]);
  expect(preview).toMatchObject({
    amount_due: 4000,
    total: 4000,
    status: "draft",
    billing_reason: "upcoming",
    number: null,
  });
  expect(preview.parent?.subscription_details).toMatchObject({
    subscription: id,
    subscription_proration_date: proration_date,
  });

  stripe.control.advance(3600);
  const after = await client.subscriptions.update(id, {
    items,
    ...terms,
    expand: ["latest_invoice"],
  });
  expect(after.latest_invoice).toMatchObject({ total: 4000 });
});

it("a preview shows the next renewal, with the additions of a change", async () => {
  const { stripe, client, id, item, pro, yearly } = await subscribeToBasic();
  stripe.control.advance(10 * DAY_SECONDS);
  const preview = async (
    subscription_details?: Stripe.InvoiceCreatePreviewParams.SubscriptionDetails,
  ) =>
    listAmounts(
      await client.invoices.createPreview({
        subscription: id,
        ...(subscription_details === undefined ? {} : { subscription_details }),
      }),
    );
  expect(await preview()).toEqual([3000]);
  expect(await preview({ items: [{ id: item, price: pro }] })).toEqual([-2000, 6000, 9000]);
  expect(await preview({ items: [{ id: item, price: pro }], proration_behavior: "none" })).toEqual([
    9000,
  ]);
  expect(await preview({ items: [{ id: item, price: yearly }] })).toEqual([-2000, 29_178, 30_000]);
  await expect(preview({ cancel_at_period_end: true })).rejects.toMatchObject({
    statusCode: 404,
    code: "invoice_upcoming_none",
  });
});

it("a preview includes the customer's credit, and works for a new subscription", async () => {
  const { client, customer, id, pro, item } = await subscribeToBasic();
  await client.subscriptions.update(id, {
    items: [{ id: item, price: pro }],
    proration_behavior: "always_invoice",
  });
  await client.subscriptions.cancel(id, { prorate: true, invoice_now: true });
  const preview = await client.invoices.createPreview({
    customer,
    subscription_details: { items: [{ price: pro, quantity: 2 }] },
  });
  expect(preview).toMatchObject({
    total: 18_000,
    starting_balance: -9000,
    amount_due: 9000,
    ending_balance: 0,
  });
});

it("a draft is finalized and paid on request; an open invoice can be voided", async () => {
  const { stripe, client, id } = await subscribeToBasic();
  stripe.control.advance(30 * DAY_SECONDS);
  const [draft] = (await client.invoices.list({ subscription: id, status: "draft" })).data;
  expect(await client.invoices.finalizeInvoice(draft?.id ?? "")).toMatchObject({
    status: "open",
    number: expect.stringContaining("-0002"),
  });
  await expect(client.invoices.finalizeInvoice(draft?.id ?? "")).rejects.toMatchObject({
    statusCode: 400,
  });
  expect(await client.invoices.pay(draft?.id ?? "")).toMatchObject({
    status: "paid",
    amount_paid: 3000,
  });
  await expect(client.invoices.pay(draft?.id ?? "")).rejects.toMatchObject({
    message: "Invoice is already paid",
  });
  await expect(client.invoices.voidInvoice(draft?.id ?? "")).rejects.toMatchObject({
    statusCode: 400,
  });

  stripe.control.failPayments(idOf(draft?.customer));
  stripe.control.advance(31 * DAY_SECONDS + 3600);
  const [open] = (await client.invoices.list({ subscription: id, status: "open" })).data;
  const voided = await client.invoices.voidInvoice(open?.id ?? "", {
    expand: ["payments.data.payment.payment_intent"],
  });
  expect(voided).toMatchObject({
    status: "void",
    payments: {
      data: [{ status: "canceled", payment: { payment_intent: { status: "canceled" } } }],
    },
  });
});

it("the caller may confirm a first invoice: its intent is paid, then it begins", async () => {
  const { client, basic } = await subscribeToBasic();
  const customer = await client.customers.create();
  const begun = await client.subscriptions.create({
    customer: customer.id,
    items: [{ price: basic }],
    payment_behavior: "default_incomplete",
    expand: ["latest_invoice.confirmation_secret", "latest_invoice.payments"],
  });
  if (typeof begun.latest_invoice !== "object" || begun.latest_invoice === null)
    throw new Error("not expanded");
  const { latest_invoice: invoice } = begun;
  const intent = idOf(invoice.payments?.data[0]?.payment.payment_intent);
  expect(begun.status).toBe("incomplete");
  expect(invoice.confirmation_secret?.client_secret).toContain(`${intent}_secret_`);
  await client.paymentIntents.confirm(intent, {
    payment_method: "pm_card_visa",
    return_url: "http://shop.test/",
  });
  expect(
    await client.subscriptions.retrieve(begun.id, { expand: ["latest_invoice"] }),
  ).toMatchObject({
    status: "active",
    latest_invoice: { status: "paid", amount_paid: 3000 },
  });
});

it("without a card no subscription begins", async () => {
  const { client, basic } = await subscribeToBasic();
  const customer = await client.customers.create();
  const refused = client.subscriptions.create({ customer: customer.id, items: [{ price: basic }] });
  await expect(refused).rejects.toMatchObject({ statusCode: 400, code: "resource_missing" });
  const card = await client.paymentMethods.attach("pm_card_chargeCustomerFail", {
    customer: customer.id,
  });
  await client.customers.update(customer.id, {
    invoice_settings: { default_payment_method: card.id },
  });
  const declined = client.subscriptions.create({
    customer: customer.id,
    items: [{ price: basic }],
    payment_behavior: "error_if_incomplete",
  });
  await expect(declined).rejects.toBeInstanceOf(Stripe.errors.StripeCardError);
  expect((await client.subscriptions.list({ customer: customer.id, status: "all" })).data).toEqual(
    [],
  );
});
