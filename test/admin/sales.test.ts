import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { loadShopCatalog, openPaidSale } from "../support/shop.ts";
import { standInStripe } from "../support/stripe.ts";
import { createSubscriptionPlans, subscribeUser } from "../support/subscriber.ts";

const read = async <T>(path: string): Promise<T> =>
  await (await callAsAdmin("GET", `/api/admin/${path}`)).json<T>();
const valueOf = async (table: string, column: string, userId: string): Promise<string> =>
  (await env.DB.prepare(`select ${column} as v from ${table} where user_id = ? and v is not null`)
    .bind(userId)
    .first<string>("v")) ?? "";

async function sellPack() {
  const sale = await openPaidSale();
  await sale.stripe.control.flush();
  return { ...sale, orderId: await valueOf("orders", "id", sale.user.userId) };
}

beforeAll(loadShopCatalog);

describe("GET /api/admin/orders/:id", () => {
  it("tells what a refund would take back, and what of it is spent", async () => {
    const { orderId, user } = await sellPack();
    expect(await read(`orders/${orderId}`)).toMatchObject({
      title: "Pack",
      user: { email: user.email },
      stripeCustomerId: expect.stringMatching(/^cus_/),
      refund: {
        paidMinor: 999,
        refundableMinor: 999,
        refusal: null,
        credits: { granted: 100, taken: 0, left: 100, toTake: 100, toOwe: 0 },
      },
    });
    await callAsAdmin("POST", `/api/admin/users/${user.userId}/grants`, {
      credits: -30,
      reason: "Spent",
    });
    expect(await read(`orders/${orderId}`)).toMatchObject({
      refund: { credits: { left: 70, toTake: 100, toOwe: 30 } },
    });
    await callAsAdmin("POST", "/api/payments/refunds", { orderId, reason: "All" });
    expect(await read(`orders/${orderId}`)).toMatchObject({
      status: "refunded",
      refund: { refundableMinor: 0, refusal: expect.any(String), credits: { taken: 100 } },
    });
  });
});

describe("GET /api/admin/subscriptions/:id and /invoices/:id", () => {
  it("show a subscription by name, and what a refund of its invoice takes back", async () => {
    const user = await subscribeUser(standInStripe(), (await createSubscriptionPlans()).pro);
    const id = await valueOf("subscriptions", "id", user.userId);
    const invoiceId = await valueOf("subscription_invoices", "id", user.userId);
    expect(await read(`subscriptions/${id}`)).toMatchObject({
      planName: "Pro",
      status: "active",
      user: { email: user.email },
      invoices: [{ id: invoiceId, paidMinor: 1500, credits: 100 }],
    });
    expect(await read(`invoices/${invoiceId}`)).toMatchObject({
      subscriptionId: id,
      user: { email: user.email },
      refund: { refundableMinor: 1500, credits: { granted: 100, toTake: 100 } },
    });
    await callAsAdmin("POST", "/api/payments/refunds", { invoiceId, amountMinor: 500 });
    expect(await read(`invoices/${invoiceId}`)).toMatchObject({ refundedMinor: 500 });
  });
});

describe("GET /api/admin/disputes", () => {
  it("lists the disputes over a payment, with the day by which to answer", async () => {
    const { stripe, user } = await sellPack();
    const paymentIntentId = await valueOf("orders", "stripe_payment_intent_id", user.userId);
    stripe.control.dispute(paymentIntentId, { reason: "fraudulent" });
    await stripe.control.flush();
    expect(await read(`disputes?paymentIntentId=${paymentIntentId}`)).toMatchObject({
      data: [
        {
          paymentIntentId,
          amountMinor: 999,
          reason: "fraudulent",
          status: "needs_response",
          evidenceDueAt: expect.stringMatching(/^20/),
          hasEvidence: false,
        },
      ],
    });
    expect(await read("disputes?limit=1")).toMatchObject({ data: [{ paymentIntentId }] });
  });

  it("tells why Stripe cannot be asked", async () => {
    for (const [status, code] of [
      [500, "billing_unavailable"],
      [400, "stripe_refused"],
    ] as const) {
      const error = { type: status === 500 ? "api_error" : "invalid_request_error", message: "no" };
      const headers = { "stripe-should-retry": "false" };
      fakeNetwork.standIn("stripe.test", () => Response.json({ error }, { status, headers }));
      const answer = await callAsAdmin("GET", "/api/admin/disputes");
      expect(await answer.json()).toMatchObject({ error: { code } });
    }
  });

  it.each(["paymentIntentId=in_1", "limit=0", "of=me"])("refuses ?%s", async (query) => {
    expect((await callAsAdmin("GET", `/api/admin/disputes?${query}`)).status).toBe(400);
  });
});

it.each(["orders/ord_1", "subscriptions/sub_1", "invoices/in_1"])(
  "%s is 404 where there is none, and 403 for whoever is no admin",
  async (path) => {
    const answer = await callAsAdmin("GET", `/api/admin/${path}`);
    expect([answer.status, await answer.json()]).toMatchObject([
      404,
      { error: { code: "not_found" } },
    ]);
    expect((await call("GET", `/api/admin/${path}`)).status).toBe(401);
  },
);
