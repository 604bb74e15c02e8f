import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { CatalogData } from "../../src/catalog/catalog-data.ts";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { openPage, pageText, submitForm } from "../support/browser.ts";
import { call } from "../support/call.ts";
import { standInStripe } from "../support/stripe.ts";
import { subscribeUser } from "../support/subscriber.ts";

const shared = { kind: "subscription", credits: 0 } as const;
const prices = (amountMinor: number) => [
  { currency: "usd", interval: "month" as const, amountMinor },
];
const SHOP: CatalogData = {
  models: [],
  plans: [
    {
      ...shared,
      slug: "metered",
      name: "Metered",
      allowances: {
        message: { limit: 10, period: "day", overage: { eventName: "messages_over", limit: null } },
      },
      prices: prices(1000).map((price) => ({ ...price, overageAmountMinor: "2" })),
    },
    {
      ...shared,
      slug: "plain",
      name: "Plain",
      allowances: { message: { limit: 99, period: "day" } },
      prices: prices(3000),
    },
  ],
};

it("changes a subscription that Stripe's page cannot change, after showing its cost", async () => {
  const stripe = standInStripe();
  await loadCatalog(database(env.DB), SHOP, Date.now());
  const user = await subscribeUser(stripe, "metered", { interval: "month" });
  const cookie = `farebox_session=${user.refreshToken}`;
  const plans = await (await call("GET", "/api/plans?limit=100")).json<{
    data: { id: string; slug: string }[];
  }>();
  const planId = plans.data.find(({ slug }) => slug === "plain")?.id ?? "";

  const response = await submitForm(
    "/buy",
    { planId, currency: "usd", interval: "month" },
    { cookie },
  );
  const changeUrl = new URL(response.headers.get("location") ?? "");
  expect(changeUrl.pathname).toBe("/change");
  const preview = await pageText(`${changeUrl.pathname}${changeUrl.search}`, { cookie });
  expect(preview).toContain("Pay $20 now");
  expect(preview).toContain("Today: $20");
  expect(preview).toMatch(/Then \$30 a month from [A-Z]/);
  expect(preview).toContain("Unused time on Metered until");
  expect(preview).toContain("<strong>$20</strong>");
  expect(await pageText("/dashboard", { cookie })).toContain('<dd class="figure">Metered</dd>');

  const changed = await submitForm("/change", Object.fromEntries(changeUrl.searchParams), {
    cookie,
  });
  expect([changed.status, changed.headers.get("location")]).toEqual([303, "/dashboard"]);
  expect(await pageText("/dashboard", { cookie })).toContain('<dd class="figure">Plain</dd>');

  expect(await pageText("/change?planId=nowhere", { cookie })).toContain(
    "There is no plan nowhere",
  );
  const nothingChosen = await openPage("/change", { cookie });
  expect(nothingChosen.headers.get("location")).toBe("/pricing");
});

it("the dashboard tells of a cancellation in Stripe's portal, and takes it back", async () => {
  const stripe = standInStripe();
  const plan = { ...shared, slug: "kept", name: "Kept", credits: 1, prices: prices(3000) };
  await loadCatalog(database(env.DB), { models: [], plans: [plan] }, Date.now());
  const user = await subscribeUser(stripe, "kept", { interval: "month" });
  const cookie = `farebox_session=${user.refreshToken}`;
  const opened = await submitForm("/billing", {}, { cookie });
  const { id = "" } = (await stripe.client.subscriptions.list()).data[0] ?? {};
  await stripe.portal(opened.headers.get("location") ?? "", "cancel", { subscription: id });
  await stripe.control.flush();
  const canceled = await pageText("/dashboard", { cookie });
  expect(canceled).toContain("Ends ");
  expect(canceled).toContain("Keep my plan");
  await submitForm("/subscription/resume", {}, { cookie });
  const kept = await pageText("/dashboard", { cookie });
  expect(kept).toContain("Renews ");
  expect(kept).not.toContain("Keep my plan");
});
