import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DAY_MS } from "../../src/time.ts";
import { callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import { loadShopCatalog, openPaidSale, type Sale } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";

interface Named {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
}
interface Attention {
  readonly failedEvents: number;
  readonly disputes: readonly {
    readonly id: string;
    readonly kind: string;
    readonly user: Named;
    readonly title: string;
    readonly currency: string;
    readonly amountMinor: number;
    readonly evidenceDueAt: string | null;
  }[];
  readonly pastDue: readonly {
    readonly id: string;
    readonly user: Named;
    readonly since: string;
  }[];
}

const readAttention = async (): Promise<Attention> => {
  const answer = await callAsAdmin("GET", "/api/admin/attention");
  expect(answer.status).toBe(200);
  return await answer.json<Attention>();
};
const insertRow = async (
  table: string,
  row: Readonly<Record<string, string | number | null>>,
): Promise<void> => {
  const names = Object.keys(row);
  await env.DB.prepare(
    `insert into ${table} (${names.join(", ")}) values (${names.map(() => "?").join(", ")})`,
  )
    .bind(...Object.values(row))
    .run();
};
const intentOf = async ({ user }: Sale) => {
  const orders = await callAsAdmin("GET", `/api/admin/orders?userId=${user.userId}`);
  const { data } = await orders.json<{
    data: { id: string; stripePaymentIntentId: string }[];
  }>();
  return { id: data[0]?.id ?? "", intent: data[0]?.stripePaymentIntentId ?? "" };
};

beforeAll(loadShopCatalog);
afterAll(async () => {
  await env.DB.batch(
    ["subscriptions", "stripe_events", "subscription_invoices"].map((table) =>
      env.DB.prepare(`delete from ${table} where id like '%_attention%'`),
    ),
  );
});

describe("GET /api/admin/attention", () => {
  it("lists a disputed payment with its buyer, and until when Stripe takes evidence", async () => {
    const sale = await openPaidSale("t-pack");
    await sale.stripe.control.deliver();
    const { id, intent } = await intentOf(sale);
    sale.stripe.control.dispute(intent);
    await sale.stripe.control.deliver();
    const found = (await readAttention()).disputes.find((dispute) => dispute.id === id);
    expect(found).toMatchObject({
      kind: "order",
      user: { id: sale.user.userId, email: sale.user.email, name: null },
      currency: "usd",
      amountMinor: 999,
      evidenceDueAt: expect.any(String),
    });
    const daysLeft = (Date.parse(found?.evidenceDueAt ?? "") - Date.now()) / DAY_MS;
    expect(daysLeft).toBeGreaterThan(1);
  });

  it("lists disputed invoices and missing payments, also where Stripe says nothing", async () => {
    const user = await signUp();
    await call("PATCH", "/api/users/me", { token: user.token, body: { name: "Bea" } });
    await insertRow("subscription_invoices", {
      id: "in_attention",
      user_id: user.userId,
      subscription_id: "sub_attention",
      title: "Pro",
      status: "paid",
      currency: "kwd",
      total_minor: 3070,
      paid_minor: 3070,
      disputed: 1,
      credits_microcredits: 0,
      period_start: 0,
      period_end: 0,
      created_at: 0,
      paid_at: 1,
      updated_at: 0,
    });
    await insertRow("subscriptions", {
      id: "sub_attention",
      user_id: user.userId,
      plan_id: "pln_1",
      price_id: "prc_1",
      stripe_item_id: "si_1",
      status: "past_due",
      quantity: 1,
      currency: "kwd",
      current_period_start: 0,
      current_period_end: 0,
      cancel_at_period_end: 0,
      past_due_since: Date.parse("2021-02-28T23:00:00Z"),
      created_at: 0,
      updated_at: 0,
    });
    const { disputes, pastDue } = await readAttention();
    const bea = { id: user.userId, email: user.email, name: "Bea" };
    expect(disputes.find(({ id }) => id === "in_attention")).toEqual({
      id: "in_attention",
      kind: "invoice",
      user: bea,
      title: "Pro",
      currency: "kwd",
      amountMinor: 3070,
      evidenceDueAt: null,
    });
    expect(pastDue.find(({ id }) => id === "sub_attention")).toEqual({
      id: "sub_attention",
      user: bea,
      planId: "pln_1",
      since: "2021-02-28T23:00:00.000Z",
    });
  });

  it("counts events that could not be handled, and no others", async () => {
    const before = (await readAttention()).failedEvents;
    for (const status of ["failed", "processed", "ignored"])
      await insertRow("stripe_events", {
        id: `evt_attention_${status}`,
        type: "charge.refunded",
        livemode: 0,
        status,
        attempts: 1,
        received_at: 1,
      });
    expect((await readAttention()).failedEvents).toBe(before + 1);
  });

  it("is nobody's but an admin's", async () => {
    const { token } = await signUp();
    expect((await call("GET", "/api/admin/attention", { token })).status).toBe(403);
    expect((await call("GET", "/api/admin/stats", { token })).status).toBe(403);
  });
});
