import { expect, it } from "vitest";
import { idOf, standInStripe, type TestStripe } from "../support/stripe.ts";

async function payIntent(stripe: TestStripe, payment_method = "pm_card_visa") {
  const intent = await stripe.client.paymentIntents.create({
    amount: 1000,
    currency: "usd",
    payment_method,
    confirm: true,
    return_url: "http://shop.test/",
  });
  return { intent: intent.id, charge: idOf(intent.latest_charge) };
}
const disputeEvents = (stripe: TestStripe) =>
  stripe.control
    .events()
    .map((event) => event.type)
    .filter((type) => type.startsWith("charge.dispute."));

it("a dispute takes the money, and winning it returns it", async () => {
  const stripe = standInStripe();
  const { intent, charge } = await payIntent(stripe);
  const dispute = stripe.control.dispute(intent, { reason: "fraudulent" });
  expect(dispute).toMatchObject({
    status: "needs_response",
    amount: 1000,
    charge,
    payment_intent: intent,
    reason: "fraudulent",
  });
  expect((await stripe.client.charges.retrieve(charge)).disputed).toBe(true);
  expect(stripe.control.dispute(charge)).toBeUndefined();

  const id = dispute?.id ?? "";
  expect(stripe.control.closeDispute(id, "warning_closed")).toBe(false);
  expect(stripe.control.closeDispute(id, "won")).toBe(true);
  expect((await stripe.client.disputes.retrieve(id)).status).toBe("won");
  expect(stripe.control.closeDispute(id, "lost")).toBe(false);
  expect(disputeEvents(stripe)).toEqual([
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
  ]);
});

it("a disputed charge, or one that was lost, cannot be refunded too", async () => {
  const stripe = standInStripe();
  const { charge } = await payIntent(stripe);
  const dispute = stripe.control.dispute(charge, { amount: 400 });
  expect(dispute?.amount).toBe(400);
  const refused = { statusCode: 400, code: "charge_disputed" };
  await expect(stripe.client.refunds.create({ charge })).rejects.toMatchObject(refused);
  stripe.control.closeDispute(dispute?.id ?? "", "lost");
  await expect(stripe.client.refunds.create({ charge })).rejects.toMatchObject(refused);
});

it("an inquiry takes no money and allows refunds; it is closed, or becomes a dispute", async () => {
  const stripe = standInStripe();
  const [one, two] = [await payIntent(stripe), await payIntent(stripe)];
  const closed = stripe.control.dispute(one.charge, { inquiry: true });
  expect(closed).toMatchObject({ status: "warning_needs_response", is_charge_refundable: true });
  expect(stripe.control.closeDispute(closed?.id ?? "", "won")).toBe(false);
  expect(stripe.control.closeDispute(closed?.id ?? "", "warning_closed")).toBe(true);
  await expect(stripe.client.refunds.create({ charge: one.charge })).resolves.toMatchObject({
    status: "succeeded",
  });

  const grown = stripe.control.dispute(two.charge, { inquiry: true });
  expect(stripe.control.escalateInquiry(grown?.id ?? "")).toBe(true);
  expect((await stripe.client.disputes.retrieve(grown?.id ?? "")).status).toBe("needs_response");
  expect(disputeEvents(stripe)).toEqual([
    "charge.dispute.created",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
  ]);
});

it("the card 4000 0000 0000 0259 pays on the page, and is disputed at once", async () => {
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
  expect((await stripe.pay(session.url ?? "", { number: "4000 0000 0000 0259" })).status).toBe(303);
  expect(
    stripe.control
      .events()
      .map((event) => event.type)
      .slice(-3),
  ).toEqual([
    "checkout.session.completed",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
  ]);
});

it("evidence is submitted; Stripe's two magic texts win and lose", async () => {
  const stripe = standInStripe();
  for (const [text, status] of [
    ["winning_evidence", "won"],
    ["losing_evidence", "lost"],
    ["a letter", "under_review"],
  ]) {
    const { charge } = await payIntent(stripe, "pm_card_createDispute");
    const [dispute] = (await stripe.client.disputes.list({ charge })).data;
    const after = await stripe.client.disputes.update(dispute?.id ?? "", {
      evidence: { uncategorized_text: text ?? "" },
    });
    expect([text, after.status, after.evidence_details.submission_count]).toEqual([
      text,
      status,
      1,
    ]);
  }
});

it("closing a dispute accepts the loss, once", async () => {
  const stripe = standInStripe();
  const { charge } = await payIntent(stripe, "pm_card_createDispute");
  const [dispute] = (await stripe.client.disputes.list({ charge })).data;
  await expect(stripe.client.disputes.close(dispute?.id ?? "")).resolves.toMatchObject({
    status: "lost",
  });
  await expect(stripe.client.disputes.close(dispute?.id ?? "")).rejects.toThrow("already closed");
});

it("a script can do the same over HTTP, and impossible requests are refused", async () => {
  const stripe = standInStripe();
  const { intent } = await payIntent(stripe);
  const post = (path: string, fields: Record<string, string> = {}) =>
    stripe.fetch(
      new Request(`http://stripe.test/_local/${path}`, {
        method: "POST",
        body: new URLSearchParams(fields),
      }),
    );
  const made = await post(`charges/${intent}/dispute`, { amount: "400", inquiry: "true" });
  const { result } = await made.json<{ result: { id: string; amount: number; status: string } }>();
  expect(result).toMatchObject({ amount: 400, status: "warning_needs_response" });
  expect((await post(`disputes/${result.id}/escalate`)).status).toBe(200);
  expect((await post(`disputes/${result.id}/close`, { outcome: "won" })).status).toBe(200);
  expect((await post(`disputes/${result.id}/close`, { outcome: "lost" })).status).toBe(400);
  const refund = await stripe.client.refunds.create({ payment_intent: intent });
  expect((await post(`refunds/${refund.id}/settle`, { outcome: "failed" })).status).toBe(200);
  expect((await stripe.client.refunds.retrieve(refund.id)).status).toBe("failed");
});
