import { beforeAll, describe, expect, it, vi } from "vitest";
import { createAgent } from "../support/agents.ts";
import { call, readError } from "../support/call.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { BILLING_KEY, createKey, signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);

const INTENTS = "/api/payments/payment-intents";
const limitedTo = (amountMinor: number, more: object = {}) => ({
  ...BILLING_KEY,
  purchaseLimit: { amountMinor, currency: "usd", period: "month", ...more },
});
const post = (token: string, path: string, body: object) => call("POST", path, { token, body });
const EXCEEDED = { status: 403, code: "purchase_limit_exceeded", param: "purchaseLimit" };

/** Begins to pay for packs, of 9.99 each. */
const buyPacks = (token: string, quantity = 1, currency = "usd") =>
  post(token, INTENTS, { planId: "t-pack", quantity, currency });

async function buyAgent(token: string, mount: "agents" | "characters"): Promise<Response> {
  const terms = { visibility: "listed", priceMinor: 500, currency: "usd" };
  const agent = await createAgent(await signUp(), terms);
  return await post(token, `/api/${mount}/${agent.id}/purchase`, {});
}

async function purchasedWith(user: TestUser, key: string): Promise<unknown> {
  const response = await call("GET", "/api/api-keys", { token: user.token });
  const { keys } = await response.json<{ keys: { prefix: string; purchasedMinor: number }[] }>();
  return keys.find(({ prefix }) => key.startsWith(prefix))?.purchasedMinor;
}

describe("a key that may buy", () => {
  it("begins purchases up to its limit, exactly, however many at once", async () => {
    standInStripe();
    const user = await signUp();
    const key = await createKey(user, limitedTo(3 * 999));
    const answers = await Promise.all(Array.from({ length: 8 }, () => buyPacks(key)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201, 201, 201, 403, 403, 403, 403, 403,
    ]);
    expect(await purchasedWith(user, key)).toBe(2997);
    // A person has no such limit, and another key its own.
    expect((await buyPacks(user.token)).status).toBe(201);
    expect((await buyPacks(await createKey(user, limitedTo(999)))).status).toBe(201);
  });

  it("pays with a saved card what it began, which counts once", async () => {
    standInStripe();
    const user = await signUp();
    const key = await createKey(user, limitedTo(999));
    const { id } = await (await buyPacks(key)).json<{ id: string }>();
    const paid = await post(key, `${INTENTS}/${id}/confirm`, { paymentMethodId: "pm_card_visa" });
    expect(await paid.json()).toMatchObject({ status: "succeeded" });
    expect(await purchasedWith(user, key)).toBe(999);
    expect(await readError(await buyPacks(key))).toMatchObject(EXCEEDED);
  });

  it("may buy again in the next period of its limit", async () => {
    standInStripe();
    vi.useFakeTimers({ now: Date.parse("2099-01-31T12:00:00Z"), toFake: ["Date"] });
    try {
      const user = await signUp();
      const key = await createKey(user, limitedTo(999));
      expect((await buyPacks(key)).status).toBe(201);
      expect(await readError(await buyPacks(key))).toMatchObject(EXCEEDED);
      vi.setSystemTime(Date.parse("2099-02-01T00:00:00Z"));
      expect((await buyPacks(key)).status).toBe(201);
    } finally {
      vi.useRealTimers();
    }
  });

  it("buys in the currency of its limit only", async () => {
    standInStripe();
    const key = await createKey(await signUp(), limitedTo(99_999_999));
    expect(await readError(await buyPacks(key, 1, "kwd"))).toMatchObject(EXCEEDED);
  });
});

describe("beyond its limit a key", () => {
  it.each<[string, (user: TestUser, key: string) => Promise<Response>]>([
    ["opens no page", (_, key) => post(key, "/api/checkout", { planId: "t-pack" })],
    ["opens no page for a plan", (_, key) => post(key, "/api/checkout", { planId: "t-pro" })],
    ["begins no payment", (_, key) => buyPacks(key)],
    [
      "confirms no payment that a person began",
      async (user, key) => {
        const { id } = await (await buyPacks(user.token)).json<{ id: string }>();
        return await post(key, `${INTENTS}/${id}/confirm`, { paymentMethodId: "pm_card_visa" });
      },
    ],
    [
      "subscribes to nothing",
      (_, key) =>
        post(key, "/api/payments/subscriptions", {
          planId: "t-pro",
          paymentMethodId: "pm_card_visa",
        }),
    ],
    ["buys no agent", (_, key) => buyAgent(key, "agents")],
    ["buys no character", (_, key) => buyAgent(key, "characters")],
  ])("%s", async (_, attempt) => {
    const stripe = standInStripe();
    const user = await signUp();
    const key = await createKey(user, limitedTo(1));
    expect(await readError(await attempt(user, key))).toMatchObject(EXCEEDED);
    expect((await stripe.client.checkout.sessions.list()).data).toEqual([]);
  });
});
