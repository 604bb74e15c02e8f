import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { callAsAdmin } from "../support/admin.ts";
import { adminHeaders, openPage, pageText, submitForm } from "../support/browser.ts";
import { loadShopCatalog, openPaidSale } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";
import { createSubscriptionPlans, subscribeUser } from "../support/subscriber.ts";

const valueOf = async (table: string, column: string, userId: string): Promise<string> =>
  (await env.DB.prepare(`select ${column} as v from ${table} where user_id = ? and v is not null`)
    .bind(userId)
    .first<string>("v")) ?? "";

beforeAll(loadShopCatalog);

describe("the operator's search", () => {
  it("leads straight to the only thing that it finds, and lists several by kind", async () => {
    const headers = await adminHeaders();
    const name = crypto.randomUUID().slice(0, 13);
    const first = await signUp(`${name}-1@farebox.test`);
    const found = await openPage(`/admin/search?q=${name}`, headers);
    expect([found.status, found.headers.get("location")]).toEqual([
      303,
      `/admin/users/${first.userId}`,
    ]);
    await signUp(`${name}-2@farebox.test`);
    const several = await pageText(`/admin/search?q=${name}`, headers);
    expect(several).toContain("<h2>Users</h2>");
    expect(several).toContain(`${name}-2@farebox.test`);
    expect(await pageText("/admin/search?q=nothing-like-this", headers)).toContain("No results.");
    expect((await openPage("/admin/search?q=a", headers)).status).toBe(200);
  });
});

describe("the page of an invoice", () => {
  it("refunds it, and says what that takes back", async () => {
    const headers = await adminHeaders();
    const { userId } = await subscribeUser(standInStripe(), (await createSubscriptionPlans()).pro);
    const subscription = await valueOf("subscriptions", "id", userId);
    const path = `/admin/invoices/${await valueOf("subscription_invoices", "id", userId)}`;
    expect(await pageText(`/admin/subscriptions/${subscription}`, headers)).toContain(path);
    const page = await pageText(path, headers);
    expect(page).toContain("removes the 100 credits");
    const refused = await submitForm(`${path}/refund`, { amount: "99", reason: "x" }, headers);
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('id="amount-problem"'),
    ]);
    const refunded = await submitForm(`${path}/refund`, { amount: "5", reason: "Slow" }, headers);
    expect(refunded.headers.get("location")).toBe(path);
    expect(refunded.headers.get("set-cookie")).toContain("refunded");
    expect(await pageText(path, headers)).toContain("$5 refunded");
  });
});

describe("the page of a disputed order", () => {
  it("tells the reason and the deadline, leads to Stripe, and offers no refund", async () => {
    const headers = await adminHeaders();
    // A pack that no other Stripe has heard of.
    const slug = `pack-${crypto.randomUUID()}`;
    const prices = [{ currency: "usd", amountMinor: 999 }];
    const pack = { slug, name: "Pack", kind: "one_time", credits: 100, prices };
    await callAsAdmin("POST", "/api/admin/plans", pack);
    const { stripe, user } = await openPaidSale(slug);
    await stripe.control.flush();
    const path = `/admin/orders/${await valueOf("orders", "id", user.userId)}`;
    const intentId = await valueOf("orders", "stripe_payment_intent_id", user.userId);
    stripe.control.dispute(intentId, { reason: "fraudulent" });
    await stripe.control.flush();
    const page = await pageText(path, headers);
    expect(page).toContain("Fraudulent");
    expect(page).toContain("Evidence due");
    expect(page).toContain("Respond in Stripe");
    expect(page).not.toContain(`${path}/refund`);
  });
});

describe("the audit log", () => {
  it("tells in a sentence who did what, and what changed", async () => {
    const { userId, email } = await signUp();
    await callAsAdmin("POST", `/api/admin/users/${userId}/grants`, {
      credits: 7,
      reason: "For <you>",
    });
    const page = await pageText(`/admin/audit?customer=${email}`, await adminHeaders());
    const plain = page.replaceAll(/[\u2068\u2069]/g, "");
    expect(plain).toContain(`admin@farebox.test added 7 credits to ${email}`);
    expect(plain).toContain("Reason: For &lt;you&gt;");
    const nobody = await pageText("/admin/audit?customer=no-such-person", await adminHeaders());
    expect(nobody).toContain("No user matches");
  });
});
