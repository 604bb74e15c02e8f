import { beforeAll, describe, expect, it } from "vitest";
import { sumUsageByModel } from "../../src/pages/admin/model-usage.ts";
import { listCurrencies, sumRevenue } from "../../src/pages/admin/revenue-card.tsx";
import { adminUser, callAsAdmin } from "../support/admin.ts";
import { adminHeaders, openPage, pageText, signUpVisitor, submitForm } from "../support/browser.ts";
import { call } from "../support/call.ts";
import { loadShopCatalog, openPaidSale, type Sale } from "../support/shop.ts";
import { standInStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);

const availableCredits = async (user: { token: string }) =>
  (await (await call("GET", "/api/credits", { token: user.token })).json<{ available: number }>())
    .available;

/** Sells a plan, and delivers the events of the sale. */
async function completeSale(planId?: string): Promise<Sale & { readonly orderId: string }> {
  const sale = await openPaidSale(planId);
  await sale.stripe.control.deliver();
  const orders = await (await call("GET", "/api/orders", { token: sale.user.token })).json<{
    data: { id: string }[];
  }>();
  return { ...sale, orderId: orders.data[0]?.id ?? "" };
}

/** Returns the idempotency key of the first form on a page. */
const readOnce = (html: string): string => /name="once" value="([^"]+)"/.exec(html)?.[1] ?? "";

describe("the operator's pages", () => {
  it.each([
    "/admin",
    "/admin/users",
    "/admin/usage",
    "/admin/orders",
    "/admin/events",
    "/admin/audit",
    "/admin/brand",
    "/admin/mails",
    "/admin/drift",
    "/admin/catalog",
  ])("answers %s for admins, and 404 for everybody else", async (path) => {
    standInStripe();
    expect((await openPage(path, await adminHeaders())).status).toBe(200);
    expect((await openPage(path)).status).toBe(404);
    const { cookie } = await signUpVisitor();
    expect((await openPage(path, { cookie })).status).toBe(404);
  });

  it("change nothing for users who are not admins", async () => {
    const { cookie, ...user } = await signUpVisitor();
    const path = `/admin/users/${user.userId}`;
    expect(
      (await submitForm(`${path}/credits`, { credits: "5", reason: "Mine" }, { cookie })).status,
    ).toBe(404);
    expect((await submitForm(`${path}/role`, { role: "admin" }, { cookie })).status).toBe(404);
    expect((await submitForm("/admin/reconcile", {}, { cookie })).status).toBe(404);
    expect(await availableCredits(user)).toBe(0);
  });

  it("refuse forms from another site", async () => {
    const { userId } = await signUpVisitor();
    const headers = {
      ...(await adminHeaders()),
      origin: "https://evil.example",
      "sec-fetch-site": "cross-site",
    };
    expect(
      (await submitForm(`/admin/users/${userId}/role`, { role: "admin" }, headers)).status,
    ).toBe(403);
  });
});

describe("usage by model", () => {
  const usageDay = (day: string, model: string, more: object = {}) => ({
    day,
    model,
    users: 1,
    requests: 1,
    inputTokens: 10,
    cachedInputTokens: 0,
    outputTokens: 20,
    credits: 0.1,
    upstreamCost: null,
    margin: null,
    ...more,
  });
  const usd = (amount: number) => ({ currency: "usd", amount });

  it("is summed to the microcredit, with the known costs and margins by currency", () => {
    const days = [
      usageDay("2026-11-01", "small", {
        upstreamCost: { ...usd(0.1), isEstimate: false },
        margin: usd(0.7),
      }),
      usageDay("2026-11-02", "small", {
        upstreamCost: { ...usd(0.2), isEstimate: true },
        margin: usd(-0.1),
      }),
      usageDay("2026-11-02", "large", {
        requests: 3,
        credits: 5,
        upstreamCost: { currency: "eur", amount: 1, isEstimate: false },
      }),
      usageDay("2026-11-03", "small", { credits: 0.2 }),
    ];
    expect(sumUsageByModel(days)).toEqual([
      {
        model: "large",
        requests: 3,
        inputTokens: 10,
        outputTokens: 20,
        credits: 5,
        costs: [{ currency: "eur", amount: 1 }],
        margins: [],
        isEstimate: false,
      },
      {
        model: "small",
        requests: 3,
        inputTokens: 30,
        outputTokens: 60,
        credits: 0.4,
        costs: [usd(0.3)],
        margins: [usd(0.6)],
        isEstimate: true,
      },
    ]);
  });

  it("has a page for the days asked for, which explains the margin", async () => {
    const text = await pageText("/admin/usage?from=2026-11-01&to=2026-11-02", await adminHeaders());
    expect(text).toContain('value="2026-11-01"');
    expect(text).toContain("Margin is an estimate: credits charged at CREDIT_VALUE");
  });
});

describe("the overview", () => {
  it("shows revenue by currency, and orders by status", async () => {
    await completeSale();
    const text = await pageText("/admin", await adminHeaders());
    expect(text).toContain("Revenue in USD");
    expect(text).toMatch(/Net revenue<\/dt>\s*<dd class="figure">\$\d/);
    for (const word of ["MRR", "Subscription churn", "Trial conversion", "Needs attention"])
      expect(text).toContain(word);
    expect(text).toContain("<svg");
    expect(text).toContain("/admin/orders?status=completed");
    expect(await pageText("/admin?from=2020-01-01&to=2020-01-02", await adminHeaders())).toContain(
      "No sales in this period.",
    );
    expect(
      (await openPage("/admin?from=2020-01-02&to=2020-01-01", await adminHeaders())).status,
    ).toBe(400);
  });

  it("shows refunds in the chart", async () => {
    const [headers, { orderId }] = [await adminHeaders(), await completeSale()];
    const path = `/admin/orders/${orderId}`;
    const once = readOnce(await pageText(path, headers));
    await submitForm(`${path}/refund`, { amount: "", reason: "Not used", once }, headers);
    const text = await pageText("/admin", headers);
    expect(text).toMatch(/<th scope="col" class="number">Refunds</);
    expect(text).toContain("(so far)");
  });

  it("sums each currency by itself, in its minor unit, and the busiest first", () => {
    const day = (currency: string, salesMinor: number, refundedMinor: number, sales = 1) => ({
      day: "2026-02-28",
      currency,
      sales,
      salesMinor,
      refundedMinor,
      netMinor: salesMinor - refundedMinor,
    });
    const days = [
      day("kwd", 3070, 70),
      day("jpy", 1500, 0, 3),
      day("jpy", 500, 500),
      day("usd", 999, 0),
    ];
    expect(sumRevenue(days, "kwd")).toEqual({
      netMinor: 3000,
      grossMinor: 3070,
      refundedMinor: 70,
    });
    expect(sumRevenue(days, "jpy")).toEqual({
      netMinor: 1500,
      grossMinor: 2000,
      refundedMinor: 500,
    });
    expect(sumRevenue([], "usd")).toEqual({ netMinor: 0, grossMinor: 0, refundedMinor: 0 });
    const recurring = [{ currency: "egp", subscriptions: 1, monthlyMinor: 100 }];
    expect(listCurrencies({ days, recurring })).toEqual(["jpy", "kwd", "usd", "egp"]);
  });
});

describe("a user's page", () => {
  it("is found by search, and grants and deducts credits once a form, with a reason", async () => {
    const [headers, { cookie: _, ...user }] = [await adminHeaders(), await signUpVisitor()];
    const path = `/admin/users/${user.userId}`;
    expect(
      await pageText(`/admin/users?search=${encodeURIComponent(user.email)}`, headers),
    ).toContain(`href="${path}"`);
    const once = readOnce(await pageText(path, headers));
    const fields = { credits: "12.5", reason: "For <trouble>", expires: "", once };
    for (const _ of [1, 2])
      expect((await submitForm(`${path}/credits`, fields, headers)).headers.get("location")).toBe(
        path,
      );
    expect(await availableCredits(user)).toBe(12.5);
    expect(await pageText(path, headers)).toContain("For &lt;trouble&gt;");
    const deduct = {
      credits: "-2",
      reason: "Too many",
      once: readOnce(await pageText(path, headers)),
    };
    const question = await submitForm(`${path}/credits`, deduct, headers);
    expect([question.status, await question.text()]).toEqual([
      200,
      expect.stringContaining(`Deduct 2 credits from ${user.email}?`),
    ]);
    expect(await availableCredits(user)).toBe(12.5);
    await submitForm(`${path}/credits`, { ...deduct, confirmed: "yes" }, headers);
    expect(await availableCredits(user)).toBe(10.5);
  });

  it("shows an error beside its field, keeps the other fields, and changes nothing", async () => {
    const [headers, { cookie: _, ...user }] = [await adminHeaders(), await signUpVisitor()];
    const path = `/admin/users/${user.userId}/credits`;
    for (const [fields, field] of [
      [{ credits: "ten", reason: "Why" }, "credits"],
      [{ credits: "0", reason: "Why" }, "credits"],
      [{ credits: "1", reason: "" }, "reason"],
    ] as const) {
      const refused = await submitForm(path, fields, headers);
      expect([refused.status, await refused.text()], field).toEqual([
        400,
        expect.stringContaining(`id="${field}-problem"`),
      ]);
    }
    expect(await availableCredits(user)).toBe(0);
  });

  it("assigns and removes a custom plan, and changes every role but one's own", async () => {
    const [headers, { cookie: _, ...user }] = [await adminHeaders(), await signUpVisitor()];
    const path = `/admin/users/${user.userId}`;
    const planId =
      /<option value="(pln_[^"]+)"[^>]*>Enterprise</.exec(await pageText(path, headers))?.[1] ?? "";
    await submitForm(`${path}/plan`, { planId }, headers);
    const showUser = async () => await (await callAsAdmin("GET", `/api${path}`)).json();
    expect(await showUser()).toMatchObject({
      assignedPlanId: planId,
      plan: { name: "Enterprise" },
    });
    await submitForm(`${path}/plan`, { planId: "" }, headers);
    expect(await showUser()).toMatchObject({ assignedPlanId: null });
    await submitForm(`${path}/role`, { role: "admin" }, headers);
    expect(await showUser()).toMatchObject({ role: "admin" });
    const own = await submitForm(
      `/admin/users/${(await adminUser()).userId}/role`,
      { role: "user" },
      headers,
    );
    expect([own.status, await own.text()]).toEqual([
      400,
      expect.stringContaining('id="role-problem"'),
    ]);
    expect((await openPage("/admin/users/usr_0000000000000000", headers)).status).toBe(404);
  });
});

describe("an order's page", () => {
  it("is found by filters, and refunds a part and then the rest, once a form", async () => {
    const [headers, { orderId, user }] = [await adminHeaders(), await completeSale()];
    const path = `/admin/orders/${orderId}`;
    expect(
      await pageText(`/admin/orders?customer=${user.email}&status=completed`, headers),
    ).toContain(path);
    expect(
      await pageText(`/admin/orders?userId=${user.userId}&status=refunded`, headers),
    ).not.toContain(path);
    const page = await pageText(path, headers);
    expect(page).toContain("refund the full $9.99");
    expect(page).toContain("removes the 100 credits that this purchase granted");
    const part = { amount: "4.99", reason: "Half of it", once: readOnce(page) };
    for (const _ of [1, 2])
      expect((await submitForm(`${path}/refund`, part, headers)).status).toBe(303);
    const after = await pageText(path, headers);
    expect(after).toContain("refund the full $5");
    for (const amount of ["x", "5.01"]) {
      const refused = await submitForm(
        `${path}/refund`,
        { ...part, amount, once: readOnce(after) },
        headers,
      );
      expect([refused.status, await refused.text()]).toEqual([
        400,
        expect.stringContaining('id="amount-problem"'),
      ]);
    }
    await submitForm(
      `${path}/refund`,
      { amount: "", reason: "The rest", once: readOnce(after) },
      headers,
    );
    const done = await pageText(path, headers);
    expect(done).toContain("There is nothing left to refund.");
    expect(done).toContain("Half of it");
    expect(await availableCredits(user)).toBe(0);
  });
});

describe("the page of events", () => {
  it("shows events, replays one, and reconciles missed ones", async () => {
    const [headers, { user }] = [await adminHeaders(), await openPaidSale()];
    const reconciled = await submitForm("/admin/reconcile", {}, headers);
    expect([reconciled.status, await reconciled.text()]).toEqual([
      200,
      expect.stringContaining("of them were missing here"),
    ]);
    expect(await availableCredits(user)).toBe(100);
    const list = await pageText("/admin/events?type=checkout.session.completed", headers);
    const path = /\/admin\/events\/evt_\w+/.exec(list)?.[0] ?? "";
    expect(await pageText(path, headers)).toContain("checkout.session.completed");
    const replayed = await submitForm(`${path}/replay`, {}, headers);
    expect(replayed.headers.get("location")).toBe(`${path}?outcome=processed`);
    expect(await pageText(`${path}?outcome=processed`, headers)).toContain("Event processed.");
    expect(await availableCredits(user)).toBe(100);
    expect((await openPage(`${path}/replay`, headers)).headers.get("location")).toBe(path);
  });
});

describe("the drift report", () => {
  it("compares only on request, and repairs what a webhook did not bring", async () => {
    const [headers, { user }] = [await adminHeaders(), await openPaidSale()];
    expect(await pageText("/admin/drift", headers)).not.toContain("compared on this page");
    const report = await pageText("/admin/drift?of=orders", headers);
    expect(report).toContain("compared on this page");
    expect(report).toContain("order.status");
    const heal =
      new RegExp(`/admin/drift/(ord_[0-9a-f]+)/heal`).exec(
        report.slice(report.indexOf(user.email)),
      )?.[0] ?? "";
    const back = "/admin/drift?of=orders";
    expect((await submitForm(heal, { back }, headers)).headers.get("location")).toBe(back);
    expect(await availableCredits(user)).toBe(100);
  });
});

describe("the operator's pages in Arabic", () => {
  it("are laid out from right to left", async () => {
    const text = await pageText("/admin?lang=ar", await adminHeaders());
    expect(text).toContain('dir="rtl"');
    expect(text).toContain("نظرة عامة");
  });
});
