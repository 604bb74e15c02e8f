import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { chatHistory } from "../../src/conversations/history.ts";
import { exportedUserView } from "../../src/export/wire.ts";
import { adminUser, callAsAdmin } from "../support/admin.ts";
import { createAgent, SECRET_PROMPT } from "../support/agents.ts";
import { call } from "../support/call.ts";
import { standInModel } from "../support/model.ts";
import { loadShopCatalog, openCheckout } from "../support/shop.ts";
import { createKey, signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";

vi.setConfig({ testTimeout: 30_000 });
beforeAll(loadShopCatalog);

const exportOf = (who: Pick<TestUser, "token">, userId = "me") =>
  call("GET", `/api/users/${userId}/export`, { token: who.token });
const read = async (response: Response) => {
  expect(response.status).toBe(200);
  return exportedUserView.parse(await response.json());
};

const buy = async (stripe: TestStripe, user: TestUser, planId: string) => {
  await stripe.pay((await openCheckout(user.token, { planId })).url);
  await stripe.control.flush();
};

/** Makes a user who buys an agent of another user, and sells one to them. */
async function signUpTrader(stripe: TestStripe) {
  const [user, partner] = [await signUp(), await signUp()];
  const sold = await createAgent(user, {
    name: "Sold",
    visibility: "listed",
    priceMinor: 500,
    currency: "usd",
  });
  const secret = "What the partner's agent is told.";
  const bought = await createAgent(partner, {
    name: "Bought",
    systemPrompt: secret,
    visibility: "listed",
    priceMinor: 700,
    currency: "usd",
  });
  const trades = [
    [user, bought],
    [partner, sold],
  ] as const;
  for (const [buyer, { id }] of trades) {
    const page = await call("POST", `/api/agents/${id}/purchase`, { token: buyer.token, body: {} });
    await stripe.pay((await page.json<{ url: string }>()).url);
    await stripe.control.flush();
  }
  return { user, partner, sold, bought, secret };
}

describe("GET /api/users/:userId/export", () => {
  it("exports everything that a user has as one document, and nothing of others", async () => {
    const stripe = standInStripe();
    standInModel();
    const { user, partner, sold, bought, secret } = await signUpTrader(stripe);
    await buy(stripe, user, "t-pack");
    await buy(stripe, user, "t-pro");
    const key = await createKey(user, { name: "Mine" });
    await call("POST", "/api/chat", {
      token: user.token,
      body: { message: "Hello there.", model: "small" },
    });
    await callAsAdmin("POST", `/api/admin/users/${user.userId}/grants`, {
      credits: 2,
      reason: "Sorry.",
    });
    const response = await exportOf(user);
    expect(response.headers.get("content-disposition")).toBe(
      `attachment; filename="${user.userId}.json"`,
    );
    expect(response.headers.get("cache-control")).toContain("no-store");
    const text = await response.clone().text();
    const all = await read(response);
    expect(all.profile).toMatchObject({ id: user.userId, email: user.email });
    expect(all.sessions).toHaveLength(1);
    expect(all.apiKeys).toMatchObject([{ name: "Mine" }]);
    expect(all.grants.map(({ amount }) => amount)).toEqual([2, 100]);
    expect(all.ledger.filter(({ kind }) => kind === "grant")).toHaveLength(2);
    expect(all.chats).toMatchObject([{ model: "small", ending: "complete" }]);
    expect(all.dailyUsage).toMatchObject([{ model: "small", requests: 1 }]);
    expect(all.orders.map(({ kind }) => kind).toSorted()).toEqual([
      "agent",
      "plan",
      "subscription",
    ]);
    expect(all.checkoutSessions).toHaveLength(3);
    expect(all.subscriptions).toMatchObject([{ status: "active" }]);
    expect(all.invoices).toMatchObject([{ status: "paid", paidMinor: 1500 }]);
    expect(all.agents).toMatchObject([{ id: sold.id, systemPrompt: SECRET_PROMPT }]);
    expect(all.licences).toMatchObject([{ agentId: bought.id, title: "Bought" }]);
    expect(all.sales).toMatchObject([{ subjectId: sold.id, paidMinor: 500 }]);
    expect(all.audit.map(({ action }) => action)).toContain("order.paid");
    expect(all.conversations).toHaveLength(1);
    expect(all.conversations?.[0]?.messages).toMatchObject([
      { role: "user", content: "Hello there." },
      { role: "assistant" },
    ]);
    for (const foreign of [partner.userId, partner.email, secret, key, (await adminUser()).userId])
      expect(text).not.toContain(foreign);
  });

  it("is whole at any size, with every message once, in its conversation", async () => {
    const user = await signUp();
    const history = chatHistory(env, user.userId);
    const terms = { agentId: null, model: "small", systemPrompt: null, greeting: "Hi." };
    // Exceeds one page of the history, by number and by length.
    for (let n = 0; n < 700; n += 1) await history.create({ ...terms, title: `No. ${n}` });
    for (let n = 0; n < 3; n += 1)
      await history.create({ ...terms, title: "Long", greeting: "x".repeat(3_000_000) });
    const { conversations } = await read(await exportOf(user));
    expect(conversations?.slice(0, 700).map(({ title }) => title)).toEqual(
      Array.from({ length: 700 }, (_, n) => `No. ${n}`),
    );
    expect(conversations?.map(({ messages }) => messages.length)).toEqual(
      Array.from({ length: 703 }, () => 1),
    );
    expect(conversations?.slice(700).map(({ messages }) => messages[0]?.content.length)).toEqual(
      Array(3).fill(3_000_000),
    );
  });

  it("is whole for a new user", async () => {
    const all = await read(await exportOf(await signUp()));
    expect(all).toMatchObject({
      apiKeys: [],
      ledger: [],
      chats: [],
      keptChats: [],
      orders: [],
      agents: [],
      conversations: [],
    });
  });

  it("of another user is for admins only, without content, and audited", async () => {
    standInModel();
    const [user, other] = [await signUp(), await signUp()];
    await createAgent(user);
    await call("POST", "/api/chat", {
      token: user.token,
      body: { message: "A secret of mine.", model: "small" },
    });
    expect((await exportOf(other, user.userId)).status).toBe(404);
    expect((await exportOf(other, "usr_nobody")).status).toBe(404);
    const response = await exportOf(await adminUser(), user.userId);
    const text = await response.clone().text();
    expect(await read(response)).toMatchObject({
      profile: { id: user.userId },
      agents: [{ name: "Ada" }],
      conversations: null,
    });
    expect(text).not.toContain("A secret of mine.");
    expect(text).not.toContain(SECRET_PROMPT);
    expect((await read(await exportOf(user))).audit).toMatchObject([
      { action: "user.exported", actor: "admin" },
    ]);
  });

  it("is for a session, in a browser too, and not for a key", async () => {
    const user = await signUp();
    const cookie = `farebox_session=${user.refreshToken}`;
    expect(
      await read(await call("GET", "/api/users/me/export", { headers: { cookie } })),
    ).toMatchObject({ apiKeys: [] });
    const key = await createKey(user);
    expect((await exportOf({ token: key })).status).toBe(403);
  });
});
