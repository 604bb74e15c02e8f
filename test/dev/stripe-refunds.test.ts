import { expect, it } from "vitest";
import { idOf, standInStripe, type TestStripe } from "../support/stripe.ts";

/** Pays 10.00, and returns the events since then with the charge. */
async function payIntent(stripe: TestStripe, payment_method = "pm_card_visa") {
  const intent = await stripe.client.paymentIntents.create({
    amount: 1000,
    currency: "usd",
    payment_method,
    confirm: true,
    return_url: "http://shop.test/",
  });
  const eventCount = stripe.control.events().length;
  const charge = idOf(intent.latest_charge);
  return {
    intent: intent.id,
    charge,
    types: () =>
      stripe.control
        .events()
        .slice(eventCount)
        .map((event) => event.type),
    read: () => stripe.client.charges.retrieve(charge),
  };
}

it("a partial refund, then the rest: the charge sums them up and is refunded", async () => {
  const stripe = standInStripe();
  const { intent, charge, types, read: readCharge } = await payIntent(stripe);
  const first = await stripe.client.refunds.create({
    payment_intent: intent,
    amount: 300,
    reason: "requested_by_customer",
    metadata: { order: "ord_1" },
  });
  expect(first).toMatchObject({
    object: "refund",
    amount: 300,
    status: "succeeded",
    reason: "requested_by_customer",
    payment_intent: intent,
    charge,
    metadata: { order: "ord_1" },
  });
  expect(await readCharge()).toMatchObject({ amount_refunded: 300, refunded: false });

  const rest = await stripe.client.refunds.create({ charge });
  expect(rest.amount).toBe(700);
  expect(await readCharge()).toMatchObject({ amount_refunded: 1000, refunded: true });
  expect(types()).toEqual([
    "charge.refunded",
    "refund.created",
    "charge.refunded",
    "refund.created",
  ]);

  const refunds = await stripe.client.refunds.list({ payment_intent: intent });
  expect(refunds.data.map((refund) => refund.id)).toEqual([rest.id, first.id]);
  const chargeView = await stripe.client.charges.retrieve(charge, { expand: ["refunds"] });
  expect(chargeView.refunds?.data).toHaveLength(2);
});

it("no more can be refunded than was paid", async () => {
  const stripe = standInStripe();
  const { intent, charge } = await payIntent(stripe);
  await expect(stripe.client.refunds.create({ charge, amount: 1001 })).rejects.toMatchObject({
    statusCode: 400,
    param: "amount",
    message: "Refund amount ($10.01) is greater than unrefunded amount on charge ($10.00)",
  });
  await stripe.client.refunds.create({ charge });
  await expect(stripe.client.refunds.create({ payment_intent: intent })).rejects.toMatchObject({
    statusCode: 400,
    code: "charge_already_refunded",
    message: `Charge ${charge} has already been refunded.`,
  });
});

it("an unpaid or unknown charge cannot be refunded", async () => {
  const { client } = standInStripe();
  const open = await client.paymentIntents.create({ amount: 1000, currency: "usd" });
  await expect(client.refunds.create({ payment_intent: open.id })).rejects.toThrow(
    "does not have a successful charge to refund",
  );
  await expect(client.refunds.create({ charge: "ch_none" })).rejects.toMatchObject({
    code: "resource_missing",
    param: "charge",
  });
  await expect(client.refunds.create({ amount: 5 })).rejects.toThrow("payment_intent or charge");
  await expect(client.refunds.retrieve("re_none")).rejects.toMatchObject({ statusCode: 404 });
});

it("a failed refund restores the charge's amount, and can be repeated", async () => {
  const stripe = standInStripe();
  const { charge, types, read: readCharge } = await payIntent(stripe);
  const refund = await stripe.client.refunds.create({ charge, amount: 400 });
  expect(stripe.control.failRefund(refund.id)).toBe(true);
  expect(await stripe.client.refunds.retrieve(refund.id)).toMatchObject({
    status: "failed",
    failure_reason: "lost_or_stolen_card",
  });
  expect(await readCharge()).toMatchObject({ amount_refunded: 0, refunded: false });
  expect(types().slice(2)).toEqual(["refund.updated", "charge.refund.updated", "refund.failed"]);
  expect(stripe.control.failRefund(refund.id)).toBe(false);
  await expect(stripe.client.refunds.create({ charge })).resolves.toMatchObject({ amount: 1000 });
});

it("a bank debit's refund is pending until the bank has it, and counts meanwhile", async () => {
  const stripe = standInStripe();
  const session = await stripe.client.checkout.sessions.create({
    mode: "payment",
    line_items: [
      {
        price_data: { currency: "usd", unit_amount: 1000, product_data: { name: "It" } },
        quantity: 1,
      },
    ],
    success_url: "http://shop.test/",
  });
  await stripe.pay(session.url ?? "", { method: "us_bank_account" });
  stripe.control.completeDebit(session.id, "succeeded");
  const { payment_intent } = await stripe.client.checkout.sessions.retrieve(session.id);
  const refund = await stripe.client.refunds.create({
    payment_intent: idOf(payment_intent),
    expand: ["charge"],
  });
  expect(refund).toMatchObject({
    status: "pending",
    pending_reason: "processing",
    charge: { amount_refunded: 1000 },
  });
  expect(stripe.control.completeRefund(refund.id, "succeeded")).toBe(true);
  const settled = await stripe.client.refunds.retrieve(refund.id);
  expect([settled.status, settled.pending_reason]).toEqual(["succeeded", undefined]);
});

it("two test cards complete their refunds later: one succeeds, one fails", async () => {
  const stripe = standInStripe();
  const late = await payIntent(stripe, "pm_card_pendingRefund");
  const failing = await payIntent(stripe, "pm_card_refundFail");
  const [a, b] = [
    await stripe.client.refunds.create({ charge: late.charge }),
    await stripe.client.refunds.create({ charge: failing.charge }),
  ];
  expect([a.status, b.status]).toEqual(["pending", "succeeded"]);
  stripe.control.advance(60);
  const after = await stripe.client.refunds.list();
  expect(after.data.map((refund) => refund.status)).toEqual(["failed", "succeeded"]);
});

it("metadata can be changed, with an event; a refund cannot be canceled by the API", async () => {
  const stripe = standInStripe();
  const { charge, types } = await payIntent(stripe, "pm_card_pendingRefund");
  const { id } = await stripe.client.refunds.create({ charge });
  await expect(
    stripe.client.refunds.update(id, { metadata: { why: "late" } }),
  ).resolves.toMatchObject({
    metadata: { why: "late" },
  });
  expect(types().slice(2)).toEqual(["refund.updated", "charge.refund.updated"]);
  await expect(stripe.client.refunds.cancel(id)).rejects.toThrow("requires_action");
  expect(stripe.control.completeRefund(id, "canceled")).toBe(true);
  expect((await stripe.client.charges.retrieve(charge)).amount_refunded).toBe(0);
});
