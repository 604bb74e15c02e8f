import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { callAsAdmin } from "../support/admin.ts";
import { call, readError } from "../support/call.ts";
import { chatBody, signUpFundedUser } from "../support/funded-user.ts";
import { createManagementKey, newExternalId } from "../support/management.ts";
import { standInModel } from "../support/model.ts";

interface Session {
  readonly user: { readonly id: string; readonly externalId: string };
  readonly accessToken: string;
  readonly expiresIn: number;
}

let token: string;
beforeAll(async () => {
  // Loads the models.
  await signUpFundedUser(0);
  ({ key: token } = await createManagementKey(["users", "credits", "sessions"]));
});

const beginSession = async (terms: object = {}): Promise<Session> => {
  const body = { externalId: newExternalId(), ...terms };
  const begun = await call("POST", "/api/sessions", { token, body });
  if (begun.status !== 201) throw new Error(`${begun.status}: ${await begun.text()}`);
  return await begun.json();
};
const fund = async (userId: string, credits: number) => {
  const body = { credits, reason: "Welcome" };
  const granted = await call("POST", `/api/admin/users/${userId}/grants`, { token, body });
  expect(granted.status).toBe(201);
};
/** As many requests in a minute as a test makes at once. */
const allowManyAtOnce = async (userId: string) => {
  const account = creditAccount(env, userId);
  const entitlement = {
    planId: "pln_many",
    planVersion: 1,
    allowances: {},
    models: null,
    features: [],
    requestsPerMinute: 1000,
  };
  await account.setEntitlement({ entitlement });
};
const chat = (accessToken: string, body: object = chatBody()) =>
  call("POST", "/v1/chat/completions", { token: accessToken, body });

it("a session is begun on first use, chats and reads, and does nothing else", async () => {
  standInModel();
  const { user, accessToken, expiresIn } = await beginSession();
  expect(accessToken).toMatch(/^fbs_[0-9a-f]{64}$/);
  expect(expiresIn).toBe(3600);
  await fund(user.id, 5);
  expect((await chat(accessToken)).status).toBe(200);
  const credits = await call("GET", "/api/credits", { token: accessToken });
  expect(await credits.json()).toMatchObject({ available: expect.any(Number) });
  for (const [method, path, body] of [
    ["PATCH", "/api/users/me", { name: "Eve" }],
    ["POST", "/api/api-keys", { name: "mine" }],
    ["GET", "/api/auth/sessions", undefined],
    ["GET", "/api/customers", undefined],
    ["GET", "/api/admin/users", undefined],
  ] as const) {
    const refused = await call(method, path, {
      token: accessToken,
      ...(body === undefined ? {} : { body }),
    });
    expect([path, refused.status]).toEqual([path, 403]);
  }
});

it("a page of another origin reads the answer to a session's token", async () => {
  const { accessToken } = await beginSession();
  const answer = await call("GET", "/v1/credits", {
    token: accessToken,
    headers: { origin: "https://founder.example" },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
});

it("of 40 chats at once a session's spend lets through exactly what it covers", async () => {
  standInModel();
  const probe = await beginSession();
  await fund(probe.user.id, 100);
  const answer = await chat(probe.accessToken);
  const cost = Number(answer.headers.get("x-farebox-cost"));
  expect(cost).toBeGreaterThan(0);
  const maxSpend = 0.05;
  const { user, accessToken } = await beginSession({ maxSpend });
  await fund(user.id, 100);
  await allowManyAtOnce(user.id);
  const answers = await Promise.all(Array.from({ length: 40 }, () => chat(accessToken)));
  const served = answers.filter(({ status }) => status === 200);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 402]));
  const summary = await creditAccount(env, user.id).summary();
  const spent = summary.ok ? summary.value.capturedMicrocredits : Number.NaN;
  expect(spent).toBeLessThanOrEqual(maxSpend * 1_000_000);
  expect(served.length).toBeGreaterThan(0);
  const refused = answers.find(({ status }) => status === 402);
  const { error } = await (refused ?? new Response()).json<{
    error: { details: object; message: string };
  }>();
  expect(error.details).toMatchObject({ reason: "key_budget" });
  expect(error.message).toContain("session");
  // Another session of the same user has a spend of its own.
  const body = { externalId: user.externalId, maxSpend };
  const next = await call("POST", "/api/sessions", { token, body });
  const other = await next.json<Session>();
  expect((await chat(other.accessToken)).status).toBe(200);
});

it("a session chats with its models alone", async () => {
  standInModel();
  const { user, accessToken } = await beginSession({ models: ["small"] });
  await fund(user.id, 5);
  expect((await chat(accessToken, chatBody({ model: "small" }))).status).toBe(200);
  const refused = await chat(accessToken, chatBody({ model: "large" }));
  expect(await readError(refused)).toMatchObject({ status: 403, param: "model" });
});

it("a session has the scopes that it was given", async () => {
  const { accessToken } = await beginSession({ scopes: ["read"] });
  const refused = await chat(accessToken);
  expect(await readError(refused)).toEqual({ status: 403, code: "missing_scope", param: "chat" });
});

it("an expired session is 401 token_expired", async () => {
  const { accessToken } = await beginSession({ ttlSeconds: 60 });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
  try {
    expect(await readError(await chat(accessToken))).toMatchObject({
      status: 401,
      code: "token_expired",
    });
  } finally {
    vi.useRealTimers();
  }
});

it("sessions are no API keys of their user, and stay out of the list of chats by key", async () => {
  standInModel();
  const { user, accessToken } = await beginSession();
  await fund(user.id, 5);
  await (await chat(accessToken)).text();
  expect(await creditAccount(env, user.id).listKeys()).toEqual([]);
  await vi.waitFor(async () => {
    const page = await call("GET", "/api/usage/chats", { token: accessToken });
    const { data } = await page.json<{ data: { key: unknown }[] }>();
    expect(data.map(({ key }) => key)).toEqual([null]);
  });
});

it("of a user's sessions the newest hundred are good", async () => {
  const { user, accessToken: first } = await beginSession();
  const account = creditAccount(env, user.id);
  for (let n = 0; n < 100; n++) {
    await account.createSession({
      keyId: `ses_${n}`,
      hash: `hash-${n}`,
      prefix: "fbs_",
      name: "Session",
      scopes: ["read"],
      models: null,
      budget: null,
      expiresAt: Date.now() + 60_000,
    });
  }
  const refused = await call("GET", "/api/credits", { token: first });
  expect(await readError(refused)).toMatchObject({ status: 401, code: "invalid_api_key" });
  const verified = await account.verifyKey({ hash: "hash-0", scope: "read" });
  expect(verified.ok).toBe(true);
});

describe("a session's token", () => {
  it("chats no more once its user is suspended, and no other is given", async () => {
    standInModel();
    const { user, accessToken } = await beginSession();
    await fund(user.id, 5);
    const reason = { reason: "Abuse" };
    await callAsAdmin("POST", `/api/admin/users/${user.id}/suspend`, reason);
    expect(await readError(await chat(accessToken))).toMatchObject({
      status: 403,
      code: "account_suspended",
    });
    const body = { externalId: user.externalId };
    const refused = await call("POST", "/api/sessions", { token, body });
    expect(await readError(refused)).toMatchObject({ status: 403, code: "account_suspended" });
  });

  it("is 401 once its user is erased, also after the external id came again", async () => {
    standInModel();
    const { user, accessToken } = await beginSession();
    await fund(user.id, 5);
    await call("DELETE", `/api/customers/${user.externalId}`, { token });
    expect((await chat(accessToken)).status).toBe(401);
    const next = await beginSession({ externalId: user.externalId });
    expect(next.user.id).not.toBe(user.id);
    expect((await chat(accessToken)).status).toBe(401);
    expect((await chat(next.accessToken)).status).toBe(402);
  });
});

it.each([
  [{}, "externalId"],
  [{ scopes: [] }, "scopes"],
  [{ scopes: ["admin"] }, "scopes.0"],
  [{ models: [] }, "models"],
  [{ maxSpend: 0 }, "maxSpend"],
  [{ maxSpend: -1 }, "maxSpend"],
  [{ maxSpend: 1e-9 }, "maxSpend"],
  [{ ttlSeconds: 59 }, "ttlSeconds"],
  [{ ttlSeconds: 86_401 }, "ttlSeconds"],
  [{ ttlSeconds: 60.5 }, "ttlSeconds"],
  [{ userId: "usr_0123456789abcdef" }, "userId"],
])("%j begins no session: %s", async (terms, param) => {
  const named = param === "externalId" ? {} : { externalId: newExternalId() };
  const refused = await call("POST", "/api/sessions", { token, body: { ...named, ...terms } });
  expect(await readError(refused)).toEqual({ status: 400, code: "invalid_request", param });
});

it("a repeated Idempotency-Key gets the same session again", async () => {
  const options = {
    token,
    body: { externalId: newExternalId() },
    headers: { "idempotency-key": crypto.randomUUID() },
  };
  const first = await (await call("POST", "/api/sessions", options)).json<Session>();
  const second = await (await call("POST", "/api/sessions", options)).json<Session>();
  expect(second.accessToken).toBe(first.accessToken);
});
