import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { app } from "../../src/app.ts";
import { markFirstPayment } from "../../src/auth/index.ts";
import { issueKey } from "../../src/auth/keys/issue-key.ts";
import { mintKey } from "../../src/auth/keys/key-format.ts";
import { readConfig } from "../../src/config.ts";
import { database } from "../../src/db.ts";
import { call } from "../support/call.ts";
import { testContext } from "../support/context.ts";
import { BILLING_KEY, createKey, signUp } from "../support/sign-up.ts";

interface KeyView {
  readonly id: string;
  readonly prefix: string;
  readonly lastUsedAt: string | null;
}
const create = (token: string, body: unknown) => call("POST", "/api/api-keys", { token, body });
const revoke = (token: string, keyId: string) =>
  call("DELETE", `/api/api-keys/${keyId}`, { token });
const list = async (token: string) =>
  (await (await call("GET", "/api/api-keys", { token })).json<{ keys: KeyView[] }>()).keys;
const idOf = (key: string) => `key_${key.slice(3, 11)}`;

it("is shown whole once, to the user who made it, and by its prefix ever after", async () => {
  const user = await signUp();
  const before = Date.now();
  const response = await create(user.token, { name: " My app " });
  expect(response.status).toBe(201);
  const { key, ...shown } = await response.json<KeyView & { key: string }>();
  expect(key).toMatch(/^sk_[0-9a-f]{64}$/);
  expect(shown).toEqual({
    id: idOf(key),
    prefix: key.slice(0, 20),
    name: "My app",
    scopes: ["chat", "read"],
    models: null,
    budget: null,
    purchaseLimit: null,
    purchasedMinor: 0,
    spent: 0,
    totalSpent: 0,
    createdAt: expect.any(String),
    lastUsedAt: null,
    expiresAt: null,
    disabledAt: null,
    rotatedAt: null,
    oldSecretsEndAt: null,
    keepContentDays: null,
  });
  expect(await list(user.token)).toEqual([shown]);
  const [used] = await list(key);
  expect(Date.parse(used?.lastUsedAt ?? "")).toBeGreaterThanOrEqual(before);
});

it("keeps the terms that it was made with", async () => {
  const user = await signUp();
  const expiresAt = new Date(Date.now() + 3_600_000);
  const terms = {
    scopes: ["chat", "chat", "read"],
    budget: { credits: 9.99, period: "day" },
    models: ["small", "small"],
  };
  const withOffset = expiresAt.toISOString().replace("Z", "+00:00");
  const response = await create(user.token, { name: "k", ...terms, expiresAt: withOffset });
  expect(await response.json()).toMatchObject({
    scopes: ["chat", "read"],
    budget: { credits: 9.99, period: "day" },
    models: ["small"],
    expiresAt: expiresAt.toISOString(),
  });
});

it("buys only if it was made to, up to a limit that its maker named", async () => {
  const { token } = await signUp();
  const purchaseLimit = { amountMinor: 5000, currency: "USD", period: "month" };
  const made = await create(token, { name: "k", scopes: ["billing"], purchaseLimit });
  expect(await made.json()).toMatchObject({
    purchaseLimit: { amountMinor: 5000, currency: "usd", period: "month" },
    purchasedMinor: 0,
  });
  for (const terms of [{ scopes: ["billing"] }, { scopes: ["write"], purchaseLimit }]) {
    const refused = await create(token, { name: "k", ...terms });
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: expect.objectContaining({ param: "purchaseLimit" }) },
    ]);
  }
});

it("is the user's hundredth at most, until one of them is revoked", async () => {
  const user = await signUp();
  const account = creditAccount(env, user.userId);
  const terms = { prefix: "sk_", name: "k", scopes: ["read"], models: null, budget: null } as const;
  for (let number = 1; number <= 100; number += 1) {
    const keyId = `key_${String(number).padStart(8, "0")}`;
    await account.createKey({ ...terms, keyId, hash: keyId, expiresAt: null });
  }
  const refused = await create(user.token, { name: "k" });
  expect([refused.status, await refused.json()]).toEqual([
    409,
    { error: expect.objectContaining({ code: "limit_reached" }) },
  ]);
  await revoke(user.token, "key_00000001");
  expect((await create(user.token, { name: "k" })).status).toBe(201);
});

it("is listed in pages of a hundred, of any number that came with orders", async () => {
  const user = await signUp();
  const account = creditAccount(env, user.userId);
  const config = readConfig(env);
  for (let n = 0; n < 103; n += 1) {
    const { text: _text, ...minted } = await mintKey(config, user.userId);
    const terms = { scopes: ["chat"] as const, models: null, budget: null, expiresAt: null };
    await account.createKey({ ...minted, name: `key ${n}`, ...terms, purchaseLimit: null });
  }
  const read = async (query: string) =>
    (await call("GET", `/api/api-keys${query}`, { token: user.token })).json<{
      keys: KeyView[];
      hasMore?: boolean;
      nextCursor?: string;
    }>();
  const first = await read("");
  expect([first.keys.length, first.hasMore]).toEqual([100, true]);
  const second = await read(`?cursor=${first.nextCursor}`);
  expect(second).toEqual({ keys: [expect.anything(), expect.anything(), expect.anything()] });
  const ids = [...first.keys, ...second.keys].map(({ id }) => id);
  expect(new Set(ids).size).toBe(103);
  const two = await read("?limit=2");
  expect(two.keys.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect((await call("GET", "/api/api-keys?limit=101", { token: user.token })).status).toBe(400);
});

it("stops with the next request once it is revoked", async () => {
  const user = await signUp();
  const [key, other] = [await createKey(user), await createKey(user)];
  const response = await revoke(user.token, idOf(key));
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ success: true });
  const refused = await call("GET", "/api/api-keys", { token: key });
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ error: { code: "invalid_api_key" } });
  expect((await list(other)).map((shown) => shown.id)).toEqual([idOf(other)]);
  expect((await revoke(user.token, idOf(key))).status).toBe(404);
});

it("stops when its time is over", async () => {
  const user = await signUp();
  const terms = {
    name: "k",
    scopes: ["read"],
    models: null,
    budget: null,
    expiresAt: Date.now(),
  } as const;
  const issued = await issueKey(testContext(), user.userId, terms);
  if (!issued.ok) throw new Error(issued.failure.message);
  expect((await call("GET", "/api/api-keys", { token: issued.value.text })).status).toBe(401);
});

it("cannot make keys, whatever its scopes", async () => {
  const response = await create(await createKey(await signUp()), { name: "k" });
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({
    error: { code: "missing_scope", message: expect.stringContaining("Sign in") },
  });
});

it("lists with read, revokes with billing, and does neither with chat alone", async () => {
  const user = await signUp();
  const [chat, read, write, billing] = [
    await createKey(user, { scopes: ["chat"] }),
    await createKey(user, { scopes: ["read"] }),
    await createKey(user, { scopes: ["write"] }),
    await createKey(user, BILLING_KEY),
  ];
  const statuses = async (path: string, method: string) =>
    await Promise.all(
      [chat, read, write, billing].map(
        async (token) => (await call(method, path, { token })).status,
      ),
    );
  expect(await statuses("/api/api-keys", "GET")).toEqual([403, 200, 403, 403]);
  expect(await statuses("/api/api-keys/key_00000000", "DELETE")).toEqual([403, 403, 403, 404]);
});

it("I10: is not seen, revoked or used by another user", async () => {
  const [user, other] = [await signUp(), await signUp()];
  const key = await createKey(user);
  expect(await list(other.token)).toEqual([]);
  expect((await revoke(other.token, idOf(key))).status).toBe(404);
  expect(await list(key)).toHaveLength(1);
});

it("is refused when it is well made and was never given to anyone", async () => {
  const user = await signUp();
  const { text } = await mintKey(readConfig(env), user.userId);
  const response = await call("GET", "/api/api-keys", { token: text });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ error: { code: "invalid_api_key" } });
});

it.each([
  ["no name", {}, "name"],
  ["an empty name", { name: " " }, "name"],
  ["a name that is not a string", { name: 7 }, "name"],
  ["a scope that does not exist", { name: "k", scopes: ["admin"] }, "scopes.0"],
  ["no scope", { name: "k", scopes: [] }, "scopes"],
  ["an expiry in the past", { name: "k", expiresAt: "2020-01-01T00:00:00Z" }, "expiresAt"],
  ["an expiry that is no time", { name: "k", expiresAt: "tomorrow" }, "expiresAt"],
  ["a budget below zero", { name: "k", budget: { credits: -1, period: "day" } }, "budget.credits"],
  [
    "a budget of nothing",
    { name: "k", budget: { credits: 1e-7, period: "day" } },
    "budget.credits",
  ],
  [
    "a budget beyond counting",
    { name: "k", budget: { credits: 1e308, period: "day" } },
    "budget.credits",
  ],
  ["a budget without a period", { name: "k", budget: { credits: 1 } }, "budget.period"],
  ["no models", { name: "k", models: [] }, "models"],
  ["an unknown field", { name: "k", owner: "usr_1" }, "owner"],
])("is not made with %s", async (_, body, param) => {
  const user = await signUp();
  const response = await create(user.token, body);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: "invalid_request", param } });
  expect(await list(user.token)).toEqual([]);
});

it("can be made and listed only after a payment, if the operator says so", async () => {
  const user = await signUp();
  const key = await createKey(user);
  const strict = { ...env, API_KEYS_REQUIRE_PAYMENT: "true" };
  const ask = async (method: string, path = "") => {
    const ctx = createExecutionContext();
    const headers = { authorization: `Bearer ${user.token}`, "content-type": "application/json" };
    const body = method === "POST" ? JSON.stringify({ name: "k" }) : null;
    const response = await app.fetch(
      new Request(`http://farebox.test/api/api-keys${path}`, { method, headers, body }),
      strict,
      ctx,
    );
    await waitOnExecutionContext(ctx);
    return response;
  };
  for (const method of ["POST", "GET"]) {
    const refused = await ask(method);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: { code: "payment_required_for_keys" } });
  }
  expect((await ask("DELETE", `/${idOf(key)}`)).status).toBe(200);
  await markFirstPayment(database(env.DB), user.userId, Date.now());
  expect([(await ask("POST")).status, (await ask("GET")).status]).toEqual([201, 200]);
});
