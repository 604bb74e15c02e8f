import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { CatalogData } from "../../src/catalog/catalog-data.ts";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { pageText } from "../support/browser.ts";
import { call } from "../support/call.ts";
import { standInStripe } from "../support/stripe.ts";
import { subscribeUser } from "../support/subscriber.ts";

const plan = (
  slug: string,
  limit: number,
  overageMax: number | null,
  unitPrice: string,
): CatalogData["plans"][number] => ({
  slug,
  name: slug,
  kind: "subscription",
  allowances: {
    message: { limit, period: "day", overage: { eventName: `more_${slug}`, limit: overageMax } },
  },
  prices: [
    { currency: "usd", interval: "month", amountMinor: 1500, overageAmountMinor: unitPrice },
  ],
});
const IMAGES: CatalogData["plans"][number] = {
  ...plan("drawing", 10, null, "2"),
  allowances: {
    image: { limit: 10, period: "month", overage: { eventName: "more_images", limit: null } },
  },
};
const PLANS = [
  plan("some", 2000, 1000, "2"),
  plan("small", 10, null, "2"),
  plan("fine", 7, null, "0.05"),
  IMAGES,
];

beforeAll(() => loadCatalog(database(env.DB), { models: [], plans: PLANS }, Date.now()));

describe("overage that a plan bills", () => {
  it("is shown with its price on the pricing page, in the reader's language", async () => {
    const text = await pageText("/pricing");
    expect(text).toContain("2,000 messages a day, then $0.02 each (up to 1,000 more)");
    expect(text).toMatch(/10 messages a day, then \$0\.02 each</);
    expect(text).toContain("7 messages a day, then $0.0005 each");
    expect(await pageText("/pricing?lang=ar")).toMatch(
      /2,000 رسالة في اليوم، ثم .*0\.02.* عن كل وحدة إضافية \(بحد أقصى 1,000\)/,
    );
  });

  it("is shown before a change to its plan", async () => {
    const stripe = standInStripe();
    const user = await subscribeUser(stripe, "small");
    const { id } = await (await call("GET", "/api/plans/some")).json<{ id: string }>();
    const cookie = `farebox_session=${user.refreshToken}`;
    expect(await pageText(`/change?planId=${id}`, { cookie })).toContain(
      "2,000 messages a day, then $0.02 each (up to 1,000 more)",
    );
  });

  it("is shown on the dashboard, with its amount once there is some", async () => {
    const stripe = standInStripe();
    const user = await subscribeUser(stripe, "drawing");
    const cookie = `farebox_session=${user.refreshToken}`;
    expect(await pageText("/dashboard", { cookie })).toContain("Then $0.02 each.");
    const use = { meter: "image", quantity: 12 };
    const tracked = await call("POST", `/api/payments/users/${user.userId}/usage/track`, {
      token: user.token,
      body: use,
    });
    expect(tracked.status).toBe(200);
    expect(await pageText("/dashboard", { cookie })).toContain(
      "2 over your plan&#39;s limit at $0.02 each, added to your next invoice.",
    );
    expect(await pageText("/dashboard?lang=ar", { cookie })).toContain("2 فوق حد خطتك");
  });
});
