import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { monthlyMinor } from "../../src/billing/reports/monthly-amount.ts";
import type { CatalogData } from "../../src/catalog/catalog-data.ts";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { callAsAdmin } from "../support/admin.ts";
import { loadShopCatalog, openPaidSale, openSale } from "../support/shop.ts";
import { standInStripe } from "../support/stripe.ts";

const get = async <T>(path: string): Promise<T> => {
  const answer = await callAsAdmin("GET", path);
  expect(answer.status, path).toBe(200);
  return await answer.json<T>();
};

interface OrderPage {
  readonly data: readonly { readonly id: string; readonly status: string }[];
  readonly nextCursor: string | null;
}

/** Inserts a row into a table, by the names of its columns. */
const insertRow = async (
  table: string,
  row: Readonly<Record<string, string | number | null>>,
): Promise<void> => {
  const names = Object.keys(row);
  const marks = names.map(() => "?").join(", ");
  await env.DB.prepare(`insert into ${table} (${names.join(", ")}) values (${marks})`)
    .bind(...Object.values(row))
    .run();
};

let created = 0;
/** Inserts an order that was paid at noon of a day. */
const order = (
  day: string,
  paidMinor: number | null,
  more: Readonly<Record<string, string | number | null>> = {},
) =>
  insertRow("orders", {
    id: `ord_report${(created += 1)}`,
    user_id: "usr_1",
    kind: "plan",
    title: "Pack",
    quantity: 1,
    currency: "usd",
    amount_minor: 999,
    paid_minor: paidMinor,
    refunded_minor: 0,
    credits_microcredits: 0,
    gives_plan: 0,
    status: "completed",
    created_at: 0,
    updated_at: 0,
    paid_at: Date.parse(`${day}T12:00:00Z`),
    ...more,
  });

const invoice = (day: string, paidMinor: number, refundedMinor = 0) =>
  insertRow("subscription_invoices", {
    id: `in_report${(created += 1)}`,
    user_id: "usr_1",
    subscription_id: "sub_report",
    title: "Pro",
    status: "paid",
    currency: "usd",
    total_minor: paidMinor,
    paid_minor: paidMinor,
    refunded_minor: refundedMinor,
    disputed: 0,
    credits_microcredits: 0,
    period_start: 0,
    period_end: 0,
    created_at: 0,
    paid_at: Date.parse(`${day}T23:59:59.999Z`),
    updated_at: 0,
  });

const subscription = (status: string, priceId: string, quantity = 1) =>
  insertRow("subscriptions", {
    id: `sub_report${(created += 1)}`,
    user_id: "usr_1",
    plan_id: "pln_1",
    price_id: priceId,
    stripe_item_id: "si_1",
    status,
    quantity,
    currency: "usd",
    current_period_start: 0,
    current_period_end: 0,
    cancel_at_period_end: 0,
    created_at: 0,
    updated_at: 0,
  });

/**
 * Creates a subscription plan.
 * @returns the id of its price
 */
async function newPrice(interval: string, amountMinor: number): Promise<string> {
  const prices = [{ currency: "usd", amountMinor, interval }];
  const plan = { slug: `recurring-${interval}`, name: "Recurring", kind: "subscription", prices };
  const answer = await callAsAdmin("POST", "/api/admin/plans", plan);
  return (await answer.json<{ prices: { id: string }[] }>()).prices[0]?.id ?? "";
}

const insertUsage = (
  userId: string,
  day: string,
  model: string,
  requests: number,
  credits: number,
) =>
  insertRow("usage_daily", {
    user_id: userId,
    day,
    model,
    requests,
    input_tokens: requests * 10,
    output_tokens: requests,
    microcredits: credits * 1_000_000,
  });

beforeAll(loadShopCatalog);

describe("GET /api/admin/orders", () => {
  it("lists the orders of all users, newest first, by status, kind and user", async () => {
    const stripe = standInStripe();
    const open = await openSale("t-pack", stripe);
    const paid = await openPaidSale("t-level1");
    await paid.stripe.control.deliver();
    const [newest] = (await get<OrderPage>("/api/admin/orders?limit=1")).data;
    expect(newest).toMatchObject({
      userId: paid.user.userId,
      status: "completed",
      paidMinor: 2000,
      refundedMinor: 0,
    });
    const ofUser = await get<OrderPage>(
      `/api/admin/orders?userId=${open.user.userId}&status=pending&kind=plan`,
    );
    expect(ofUser.data).toMatchObject([{ status: "pending", paidMinor: null, paidAt: null }]);
    expect(
      (await get<OrderPage>(`/api/admin/orders?userId=${open.user.userId}&status=completed`)).data,
    ).toEqual([]);
    expect(
      (await get<OrderPage>(`/api/admin/orders?userId=${open.user.userId}&kind=agent`)).data,
    ).toEqual([]);
    const first = await get<OrderPage>("/api/admin/orders?limit=1");
    const second = await get<OrderPage>(`/api/admin/orders?limit=1&cursor=${first.nextCursor}`);
    expect(second.data).toMatchObject([{ userId: open.user.userId }]);
  });

  it.each(["status=paid", "kind=pack", "cursor=1", "user=me"])(
    "refuses ?%s, naming the field",
    async (query) => {
      const answer = await callAsAdmin("GET", `/api/admin/orders?${query}`);
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { error: { param: query.split("=")[0] } },
      ]);
    },
  );
});

describe("GET /api/admin/revenue", () => {
  it("adds up payments and their refunds by day and currency", async () => {
    await order("2025-03-01", 999);
    await order("2025-03-01", 1001, { refunded_minor: 500 });
    await order("2025-03-01", 3070, { currency: "kwd" });
    await order("2025-03-02", 100, { status: "refunded", refunded_minor: 100 });
    await order("2025-03-02", 250, { status: "disputed" });
    await order("2025-03-02", null, { paid_at: null, status: "pending" });
    // The money of a subscription is that of its invoices.
    await order("2025-03-02", 1500, { kind: "subscription" });
    await invoice("2025-03-02", 1500, 300);
    await invoice("2025-03-02", 0);
    await order("2025-02-28", 77);
    await order("2025-03-03", 77);
    const { days } = await get<{ days: object[] }>(
      "/api/admin/revenue?from=2025-03-01&to=2025-03-02",
    );
    expect(days).toEqual([
      {
        day: "2025-03-01",
        currency: "kwd",
        sales: 1,
        salesMinor: 3070,
        refundedMinor: 0,
        netMinor: 3070,
      },
      {
        day: "2025-03-01",
        currency: "usd",
        sales: 2,
        salesMinor: 2000,
        refundedMinor: 500,
        netMinor: 1500,
      },
      {
        day: "2025-03-02",
        currency: "usd",
        sales: 3,
        salesMinor: 1850,
        refundedMinor: 400,
        netMinor: 1450,
      },
    ]);
  });

  it("includes today when no days are given", async () => {
    const { stripe } = await openPaidSale("t-pack");
    await stripe.control.deliver();
    const today = new Date().toISOString().slice(0, 10);
    const { to, days } = await get<{ to: string; days: { day: string; salesMinor: number }[] }>(
      "/api/admin/revenue",
    );
    expect(to).toBe(today);
    expect(days.find((day) => day.day === today)?.salesMinor).toBeGreaterThanOrEqual(999);
  });

  it("reports the monthly revenue of subscriptions that are paid for", async () => {
    const [monthly, yearly] = [await newPrice("month", 1500), await newPrice("year", 12_000)];
    await subscription("active", monthly, 2);
    await subscription("past_due", monthly);
    await subscription("active", yearly);
    for (const status of ["trialing", "canceled", "unpaid", "paused", "incomplete"])
      await subscription(status, monthly);
    expect(await get("/api/admin/revenue")).toMatchObject({
      recurring: [{ currency: "usd", subscriptions: 3, monthlyMinor: 3 * 1500 + 1000 }],
    });
  });

  it("counts the orders that were created on these days by status", async () => {
    const createdOn = (day: string) => Date.parse(`${day}T12:00:00Z`);
    for (const status of ["completed", "completed", "refunded"])
      await order("2025-05-01", 1, { created_at: createdOn("2025-05-01"), status });
    await order("2025-05-02", 1, { created_at: createdOn("2025-05-02"), status: "pending" });
    expect(await get("/api/admin/revenue?from=2025-05-01&to=2025-05-01")).toMatchObject({
      ordersByStatus: { completed: 2, refunded: 1 },
    });
  });

  it("counts active users", async () => {
    await insertUsage("usr_a", "2025-04-01", "m1", 1, 0);
    await insertUsage("usr_a", "2025-04-02", "m1", 1, 0);
    await insertUsage("usr_b", "2025-04-02", "m2", 1, 0);
    await insertUsage("usr_c", "2025-04-03", "m2", 1, 0);
    expect(await get("/api/admin/revenue?from=2025-04-01&to=2025-04-02")).toMatchObject({
      activeUsers: 2,
      activeUsersByDay: [
        { day: "2025-04-01", users: 1 },
        { day: "2025-04-02", users: 2 },
      ],
    });
  });

  it.each([
    ["/api/admin/revenue?from=2025-01-01&to=2026-01-02", "from"],
    ["/api/admin/revenue?from=2025-01-02&to=2025-01-01", "from"],
    ["/api/admin/revenue?from=yesterday", "from"],
    ["/api/admin/revenue?to=2025-02-30", "to"],
    ["/api/admin/usage?from=2025-01-01&to=2025-04-03", "from"],
    ["/api/admin/usage?day=2025-01-01", "day"],
  ])("refuses %s, naming %s", async (path, param) => {
    const answer = await callAsAdmin("GET", path);
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { error: { code: "invalid_request", param } },
    ]);
  });
});

describe("the monthly amount of a price", () => {
  it.each([
    [{ amountMinor: 100, interval: "month" }, 100],
    [{ amountMinor: 1200, interval: "year" }, 100],
    [{ amountMinor: 12, interval: "day" }, 365],
    [{ amountMinor: 84, interval: "week" }, 365],
    [{ amountMinor: 999, interval: null }, 0],
  ] as const)("%j: %d", (price, minor) => {
    expect(monthlyMinor(price)).toBeCloseTo(minor, 6);
  });
});

describe("GET /api/admin/usage", () => {
  it("adds up usage by day and model, and lists the top users", async () => {
    await insertUsage("usr_x", "2025-05-01", "large", 2, 3);
    await insertUsage("usr_y", "2025-05-01", "large", 1, 0.5);
    await insertUsage("usr_y", "2025-05-01", "small", 7, 0);
    await insertUsage("usr_y", "2025-05-02", "large", 1, 0.25);
    await insertUsage("usr_z", "2025-05-03", "large", 1, 9);
    const { days, topUsers, ...rest } = await get<{ days: object[]; topUsers: object[] }>(
      "/api/admin/usage?from=2025-05-01&to=2025-05-02",
    );
    const nothingCached = { cachedInputTokens: 0 };
    const unknown = { upstreamCost: null, margin: null };
    expect(days).toEqual([
      {
        day: "2025-05-01",
        model: "large",
        users: 2,
        requests: 3,
        inputTokens: 30,
        ...nothingCached,
        outputTokens: 3,
        credits: 3.5,
        ...unknown,
      },
      {
        day: "2025-05-01",
        model: "small",
        users: 1,
        requests: 7,
        inputTokens: 70,
        ...nothingCached,
        outputTokens: 7,
        credits: 0,
        ...unknown,
      },
      {
        day: "2025-05-02",
        model: "large",
        users: 1,
        requests: 1,
        inputTokens: 10,
        ...nothingCached,
        outputTokens: 1,
        credits: 0.25,
        ...unknown,
      },
    ]);
    expect(topUsers).toEqual([
      {
        userId: "usr_x",
        email: null,
        name: null,
        requests: 2,
        inputTokens: 20,
        ...nothingCached,
        outputTokens: 2,
        credits: 3,
      },
      {
        userId: "usr_y",
        email: null,
        name: null,
        requests: 9,
        inputTokens: 90,
        ...nothingCached,
        outputTokens: 9,
        credits: 0.75,
      },
    ]);
    expect(rest).toMatchObject({
      creditValue: { currency: "usd", amount: 0.01 },
      activeUsers: 2,
      activeUsersByDay: [
        { day: "2025-05-01", users: 2 },
        { day: "2025-05-02", users: 1 },
      ],
    });
  });

  it("reports the cost at the upstream by the price of each day, and the margin", async () => {
    const id = "costly";
    const model = {
      id,
      upstream: "local",
      upstreamModel: "m",
      inputPrice: 1,
      outputPrice: 1,
      contextLength: 1000,
    };
    const priced = (upstreamCost: CatalogData["models"][number]["upstreamCost"], day: string) =>
      loadCatalog(
        database(env.DB),
        { plans: [], models: [{ ...model, upstreamCost: upstreamCost ?? null }] },
        Date.parse(`${day}T12:00:00Z`),
      );
    await priced({ currency: "usd", input: 2.5, cachedInput: 0.25, output: 10 }, "2025-07-02");
    await priced({ currency: "usd", input: 2.5, cachedInput: 0.25, output: 10 }, "2025-07-03");
    await priced({ currency: "usd", input: 5, output: 20 }, "2025-07-04");
    await priced({ currency: "eur", input: 5, output: 20 }, "2025-07-06");
    await priced(null, "2025-07-08");
    for (let day = 1; day <= 9; day += 1) {
      await insertRow("usage_daily", {
        user_id: "usr_x",
        day: `2025-07-0${day}`,
        model: id,
        requests: 1,
        input_tokens: 1_000_000,
        cached_input_tokens: 400_000,
        output_tokens: 100_001,
        microcredits: 1_000_000_001,
      });
    }
    const { days } = await get<{ days: { day: string; upstreamCost: unknown; margin: unknown }[] }>(
      "/api/admin/usage?from=2025-07-01&to=2025-07-09",
    );
    const usd = (amount: number, isEstimate: boolean, margin: number) => [
      { currency: "usd", amount, isEstimate },
      { currency: "usd", amount: margin },
    ];
    const eur = (isEstimate: boolean) => [{ currency: "eur", amount: 7.00002, isEstimate }, null];
    // 600 000 × 2.5 + 400 000 × 0.25 + 100 001 × 10 = 2.60001; a credit is a cent.
    expect(days.map(({ upstreamCost, margin }) => [upstreamCost, margin])).toEqual([
      [null, null],
      usd(2.60001, true, 7.39999),
      usd(2.60001, false, 7.39999),
      usd(7.00002, true, 2.99998),
      usd(7.00002, false, 2.99998),
      eur(true),
      eur(false),
      [null, null],
      [null, null],
    ]);
  });
});
