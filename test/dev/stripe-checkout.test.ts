import { expect, it } from "vitest";
import { standInStripe } from "../support/stripe.ts";

it("a session is opened, paid with 4242 and shows as paid", async () => {
  const stripe = standInStripe();
  const session = await stripe.client.checkout.sessions.create({
    mode: "payment",
    line_items: [{ price_data: { currency: "usd", unit_amount: 999, product_data: { name: "Starter" } }, quantity: 2 }],
    success_url: "http://shop.test/done?session_id={CHECKOUT_SESSION_ID}&success=true",
    cancel_url: "http://shop.test/?canceled=true",
    client_reference_id: "usr_1",
    metadata: { order: "ord_1" },
    payment_intent_data: { metadata: { order: "ord_1" } },
  });
  expect(session).toMatchObject({ status: "open", payment_status: "unpaid", amount_total: 1998, currency: "usd" });
  const page = await (await stripe.open(session.url ?? "")).text();
  expect(page).toContain("$19.98");
  const paid = await stripe.pay(session.url ?? "");
  expect(paid.status).toBe(303);
  expect(paid.headers.get("location")).toBe(`http://shop.test/done?session_id=${session.id}&success=true`);
  const after = await stripe.client.checkout.sessions.retrieve(session.id, { expand: ["payment_intent", "line_items"] });
  expect(after).toMatchObject({
    status: "complete",
    payment_status: "paid",
    payment_intent: { object: "payment_intent", status: "succeeded", amount_received: 1998, metadata: { order: "ord_1" } },
    line_items: { data: [{ amount_total: 1998, quantity: 2, description: "Starter" }] },
  });
});
