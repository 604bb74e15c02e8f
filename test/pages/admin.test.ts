import { beforeAll, describe, expect, it } from "vitest";
import { daysBetween } from "../../src/pages/admin/overview.tsx";
import { sumUsageByModel } from "../../src/pages/admin/usage.tsx";
import { adminUser, callAsAdmin } from "../support/admin.ts";
import { adminHeaders, openPage, pageText, signUpVisitor, submitForm } from "../support/browser.ts";
import { call } from "../support/call.ts";
import { loadShopCatalog, openPaidSale, type Sale } from "../support/shop.ts";
import { standInStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);

const ledgerOf = async (user: { token: string }) =>
  (await (await call("GET", "/api/credits", { token: user.token })).json<{ available: number }>())
    .available;

/** A sale that came through. */
async function sold(planId?: string): Promise<Sale & { readonly orderId: string }> {
  const sale = await openPaidSale(planId);
  await sale.stripe.control.deliver();
  const orders = await (await call("GET", "/api/orders", { token: sale.user.token })).json<{
    data: { id: string }[];
  }>();
  return { ...sale, orderId: orders.data[0]?.id ?? "" };
}

/** The value that a form's `Once` has on a page. */
const onceIn = (html: string): string => /name="once" value="([^"]+)"/.exec(html)?.[1] ?? "";

describe("the operator's pages", () => {
  it.each([
    "/admin",
    "/admin/users",
    "/admin/usage",
    "/admin/orders",
    "/admin/events",
    "/admin/audit",
    "/admin/drift",
    "/admin/catalog",
  ])("%s is there for admins, and for nobody else", async (path) => {
    standInStripe();
    expect((await openPage(path, await adminHeaders())).status).toBe(200);
    expect((await openPage(path)).status).toBe(404);
    const { cookie } = await signUpVisitor();
    expect((await openPage(path, { cookie })).status).toBe(404);
  });

  it("do nothing for who is no admin", async () => {
    const { cookie, ...user } = await signUpVisitor();
    const path = `/admin/users/${user.userId}`;
    expect(
      (await submitForm(`${path}/credits`, { credits: "5", reason: "Mine" }, { cookie })).status,
    ).toBe(404);
    expect((await submitForm(`${path}/role`, { role: "admin" }, { cookie })).status).toBe(404);
    expect((await submitForm("/admin/reconcile", {}, { cookie })).status).toBe(404);
    expect(await ledgerOf(user)).toBe(0);
  });

  it("take no form from another site", async () => {
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

describe("what was used", () => {
  const used = (day: string, model: string, more: object = {}) => ({
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

  it("is put together by model, to the microcredit, with what is known of cost and margin in each currency", () => {
    const days = [
      used("2026-11-01", "small", {
        upstreamCost: { ...usd(0.1), isEstimate: false },
        margin: usd(0.7),
      }),
      used("2026-11-02", "small", {
        upstreamCost: { ...usd(0.2), isEstimate: true },
        margin: usd(-0.1),
      }),
      used("2026-11-02", "large", {
        requests: 3,
        credits: 5,
        upstreamCost: { currency: "eur", amount: 1, isEstimate: false },
      }),
      used("2026-11-03", "small", { credits: 0.2 }),
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

  it("is a page with the days that are asked for, and says what the margin is", async () => {
    const text = await pageText("/admin/usage?from=2026-11-01&to=2026-11-02", await adminHeaders());
    expect(text).toContain('value="2026-11-01"');
    expect(text).toContain("An estimate: credits at the value in CREDIT_VALUE");
  });
});

describe("the overview", () => {
  it("shows what was sold by currency, and how orders stand", async () => {
    await sold();
    const text = await pageText("/admin", await adminHeaders());
    expect(text).toContain("Revenue in USD");
    expect(text).toMatch(/\$\d+\.\d\d<\/span>/);
    expect(text).toContain("<svg");
    expect(text).toContain("/admin/orders?status=completed");
    expect(await pageText("/admin?from=2020-01-01&to=2020-01-02", await adminHeaders())).toContain(
      "Nothing was sold on these days.",
    );
    expect(
      (await openPage("/admin?from=2020-01-02&to=2020-01-01", await adminHeaders())).status,
    ).toBe(400);
  });

  it("shows in the chart what was refunded", async () => {
    const [headers, { orderId }] = [await adminHeaders(), await sold()];
    const path = `/admin/orders/${orderId}`;
    const once = onceIn(await pageText(path, headers));
    await submitForm(`${path}/refund`, { amount: "", reason: "Not used", once }, headers);
    expect(await pageText("/admin", headers)).toContain('<rect class="refunded"');
  });

  it("has a bar for every day", () => {
    expect(daysBetween("2026-02-27", "2026-03-01")).toEqual([
      "2026-02-27",
      "2026-02-28",
      "2026-03-01",
    ]);
    expect(daysBetween("2026-02-27", "2026-02-27")).toHaveLength(1);
  });
});

describe("a user's page", () => {
  it("finds them, and gives and takes credits once for each form, with a reason", async () => {
    const [headers, { cookie: _, ...user }] = [await adminHeaders(), await signUpVisitor()];
    const path = `/admin/users/${user.userId}`;
    expect(
      await pageText(`/admin/users?search=${encodeURIComponent(user.email)}`, headers),
    ).toContain(`href="${path}"`);
    const once = onceIn(await pageText(path, headers));
    const fields = { credits: "12.5", reason: "For <trouble>", expires: "", once };
    for (const _ of [1, 2])
      expect((await submitForm(`${path}/credits`, fields, headers)).headers.get("location")).toBe(
        path,
      );
    expect(await ledgerOf(user)).toBe(12.5);
    expect(await pageText(path, headers)).toContain("For &lt;trouble&gt;");
    await submitForm(
      `${path}/credits`,
      { credits: "-2", reason: "Too many", once: onceIn(await pageText(path, headers)) },
      headers,
    );
    expect(await ledgerOf(user)).toBe(10.5);
  });

  it("says beside the field what does not do, keeps the rest, and moves nothing", async () => {
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
    expect(await ledgerOf(user)).toBe(0);
  });

  it("agrees a plan by hand and takes it back, and makes an admin but never of oneself", async () => {
    const [headers, { cookie: _, ...user }] = [await adminHeaders(), await signUpVisitor()];
    const path = `/admin/users/${user.userId}`;
    const planId =
      /<option value="(pln_[^"]+)"[^>]*>Enterprise</.exec(await pageText(path, headers))?.[1] ?? "";
    await submitForm(`${path}/plan`, { planId }, headers);
    const shown = async () => await (await callAsAdmin("GET", `/api${path}`)).json();
    expect(await shown()).toMatchObject({ assignedPlanId: planId, plan: { name: "Enterprise" } });
    await submitForm(`${path}/plan`, { planId: "" }, headers);
    expect(await shown()).toMatchObject({ assignedPlanId: null });
    await submitForm(`${path}/role`, { role: "admin" }, headers);
    expect(await shown()).toMatchObject({ role: "admin" });
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
  it("is found by filters, and gives back a part and then the rest, once for each form", async () => {
    const [headers, { orderId, user }] = [await adminHeaders(), await sold()];
    const path = `/admin/orders/${orderId}`;
    expect(
      await pageText(`/admin/orders?userId=${user.userId}&status=completed`, headers),
    ).toContain(path);
    expect(
      await pageText(`/admin/orders?userId=${user.userId}&status=refunded`, headers),
    ).not.toContain(path);
    const page = await pageText(path, headers);
    expect(page).toContain("all of $9.99");
    const part = { amount: "4.99", reason: "Half of it", once: onceIn(page) };
    for (const _ of [1, 2])
      expect((await submitForm(`${path}/refund`, part, headers)).status).toBe(303);
    const after = await pageText(path, headers);
    expect(after).toContain("all of $5)");
    for (const amount of ["x", "5.01"]) {
      const refused = await submitForm(
        `${path}/refund`,
        { ...part, amount, once: onceIn(after) },
        headers,
      );
      expect([refused.status, await refused.text()]).toEqual([
        400,
        expect.stringContaining('id="amount-problem"'),
      ]);
    }
    await submitForm(
      `${path}/refund`,
      { amount: "", reason: "The rest", once: onceIn(after) },
      headers,
    );
    const done = await pageText(path, headers);
    expect(done).toContain("There is nothing that can go back.");
    expect(done).toContain("Half of it");
    expect(await ledgerOf(user)).toBe(0);
  });
});

describe("the events' page", () => {
  it("shows what failed and why, handles it again, and looks for what was missed", async () => {
    const [headers, { user }] = [await adminHeaders(), await openPaidSale()];
    const looked = await submitForm("/admin/reconcile", {}, headers);
    expect([looked.status, await looked.text()]).toEqual([
      200,
      expect.stringContaining("Missing here: "),
    ]);
    expect(await ledgerOf(user)).toBe(100);
    const list = await pageText("/admin/events?type=checkout.session.completed", headers);
    const path = /\/admin\/events\/evt_\w+/.exec(list)?.[0] ?? "";
    expect(await pageText(path, headers)).toContain("checkout.session.completed");
    const replayed = await submitForm(`${path}/replay`, {}, headers);
    expect(replayed.headers.get("location")).toBe(`${path}?outcome=processed`);
    expect(await pageText(`${path}?outcome=processed`, headers)).toContain("It was handled.");
    expect(await ledgerOf(user)).toBe(100);
    expect((await openPage(`${path}/replay`, headers)).headers.get("location")).toBe(path);
  });
});

describe("the drift report", () => {
  it("compares only when asked, and heals what a webhook did not bring", async () => {
    const [headers, { user }] = [await adminHeaders(), await openPaidSale()];
    expect(await pageText("/admin/drift", headers)).not.toContain("Compared on this page");
    const report = await pageText("/admin/drift?of=orders", headers);
    expect(report).toContain("Compared on this page");
    expect(report).toContain("order.status");
    const heal =
      new RegExp(`/admin/drift/(ord_[0-9a-f]+)/heal`).exec(
        report.slice(report.indexOf(user.userId) - 2000),
      )?.[0] ?? "";
    expect((await submitForm(heal, {}, headers)).headers.get("location")).toContain(
      "/admin/drift?healed=ord_",
    );
    expect(await ledgerOf(user)).toBe(100);
  });
});

describe("the operator's pages in Arabic", () => {
  it("read from right to left", async () => {
    const text = await pageText("/admin?lang=ar", await adminHeaders());
    expect(text).toContain('dir="rtl"');
    expect(text).toContain("نظرة عامة");
  });
});
