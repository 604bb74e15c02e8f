import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { call } from "../support/call.ts";
import { openCheckout } from "../support/shop.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

vi.setConfig({ testTimeout: 600_000 });

/** Puts a plan on sale in dollars and in euros. */
async function createPlanInTwoCurrencies(): Promise<string> {
  const slug = `two-${crypto.randomUUID().slice(0, 8)}`;
  const prices = ["usd", "eur"].map(
    (currency) => ({ currency, interval: "month", amountMinor: 999 }) as const,
  );
  const plan = { slug, name: "Two", kind: "subscription", credits: 1, prices } as const;
  await loadCatalog(database(env.DB), { models: [], plans: [plan] }, Date.now());
  return slug;
}

const checkout = ({ token }: TestUser, body: Record<string, unknown>) =>
  call("POST", "/api/checkout", { token, body });

it("a page in another currency closes the open one, beside which Stripe allows none", async () => {
  const stripe = standInStripe();
  const planId = await createPlanInTwoCurrencies();
  const user = await signUp();
  const first = await openCheckout(user.token, { planId, currency: "usd" });
  const second = await openCheckout(user.token, { planId, currency: "eur" });
  const { client } = stripe;
  expect((await client.checkout.sessions.retrieve(first.sessionId)).status).toBe("expired");
  expect((await client.checkout.sessions.retrieve(second.sessionId)).status).toBe("open");
  const orders = await (await call("GET", "/api/orders", { token: user.token })).json<{
    data: { status: string; currency: string }[];
  }>();
  expect(orders.data).toMatchObject([
    { status: "pending", currency: "eur" },
    { status: "failed", currency: "usd" },
  ]);
});

it("a page that Stripe once refused to close is closed before another currency's", async () => {
  const stripe = standInStripe();
  const planId = await createPlanInTwoCurrencies();
  const user = await signUp();
  const first = await openCheckout(user.token, { planId, currency: "usd" });
  const path = `/v1/checkout/sessions/${first.sessionId}/expire`;
  stripe.control.nextRequests({ answer: 400, path, method: "POST", times: 1 });
  await openCheckout(user.token, { planId, currency: "eur" });
  expect((await stripe.client.checkout.sessions.retrieve(first.sessionId)).status).toBe("expired");
});

it("a currency that a subscription or an unpaid invoice excludes is refused by name", async () => {
  const stripe = standInStripe();
  const planId = await createPlanInTwoCurrencies();
  const user = await signUp();
  const page = await openCheckout(user.token, { planId, currency: "usd" });
  const { customer } = await stripe.client.checkout.sessions.retrieve(page.sessionId);
  await stripe.client.checkout.sessions.expire(page.sessionId);
  // A subscription that the operator made, and that we do not know of.
  await stripe.subscribe({ customer: typeof customer === "string" ? customer : "" });
  const refused = await checkout(user, { planId, currency: "eur" });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({
    error: { code: "invalid_request", param: "currency" },
  });
});
