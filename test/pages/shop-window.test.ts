import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { CatalogData } from "../../src/catalog/catalog-data.ts";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { pageText, signUpVisitor } from "../support/browser.ts";
import { call } from "../support/call.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { standInStripe } from "../support/stripe.ts";
import { subscribeUser } from "../support/subscriber.ts";

const WINDOW: CatalogData = {
  models: [],
  plans: [
    {
      slug: "window",
      name: "Window",
      names: { ar: "الواجهة" },
      kind: "subscription",
      allowances: { message: { limit: 9, period: "day" }, agent: "none" },
      features: ["sla", "export"],
      featureNames: { export: { en: "High-res exports", ar: "تصدير عالي الدقة" } },
      trialDays: 7,
      prices: [{ currency: "usd", interval: "month", amountMinor: 700 }],
      sortOrder: 99,
    },
  ],
};

beforeAll(async () => {
  await loadDefaultCatalog();
  await loadCatalog(database(env.DB), WINDOW, Date.now());
});

describe("the shop window", () => {
  it("has names in the reader's language, and only features that have one", async () => {
    const [english, arabic] = [await pageText("/pricing"), await pageText("/pricing?lang=ar")];
    expect(english).toContain("Window");
    expect(english).toContain("High-res exports");
    expect(arabic).toContain("الواجهة");
    expect(arabic).toContain("تصدير عالي الدقة");
    for (const html of [english, arabic]) expect(html).not.toContain(">sla<");
  });

  it("names the models of each plan, and says which need credits", async () => {
    const html = await pageText("/pricing");
    expect(html).toContain("Models: small, medium");
    expect(html).toContain("All models");
    expect(html).toContain("With credits");
  });

  it("offers a trial to who never had one, and to nobody else", async () => {
    const stripe = standInStripe();
    const user = await subscribeUser(stripe, "window", { interval: "month" });
    const { cookie } = await signUpVisitor();
    expect(await pageText("/pricing", { cookie })).toContain("Start 7-day trial");
    const subscriber = { cookie: `farebox_session=${user.refreshToken}` };
    const html = await pageText("/pricing", subscriber);
    expect(html).not.toContain("-day trial");
    expect(html).toContain("Switch to Business");
    const answer = await call("GET", "/api/subscription", { token: user.token });
    expect(await answer.json()).toMatchObject({
      trialUsed: true,
      plan: { names: { ar: "الواجهة" } },
    });
  });

  it("says at its field what a promotion code gives, or why it gives nothing", async () => {
    const stripe = standInStripe();
    const { cookie } = await signUpVisitor();
    const coupon = await stripe.client.coupons.create({
      percent_off: 25,
      duration: "repeating",
      duration_in_months: 3,
    });
    const promotion = { type: "coupon", coupon: coupon.id } as const;
    await stripe.client.promotionCodes.create({ promotion, code: "QUARTER" });
    const valid = await pageText("/pricing?promotionCode=quarter", { cookie });
    expect(valid).toContain("QUARTER: 25% off payments for 3 months.");
    expect(valid).toContain('<input type="hidden" name="promotionCode" value="QUARTER"');
    const unknown = await pageText("/pricing?promotionCode=nobody", { cookie });
    expect(unknown).toContain('aria-invalid="true"');
    expect(unknown).toContain('id="promotionCode-problem"');
  });
});
