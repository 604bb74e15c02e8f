import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Env } from "../../src/env.ts";
import worker from "../../src/index.ts";
import { adminUser } from "../support/admin.ts";
import { call, readError } from "../support/call.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { addPasskey, addTotp, askPasskey } from "../support/factors.ts";
import { chatBody, signUpFundedUser } from "../support/funded-user.ts";
import { createManagementKey, newExternalId } from "../support/management.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { PAID_CHATS } from "../support/sweep.ts";

/** The Worker's bindings with credit accounts that nobody reaches. */
const unreachable: Env = Object.create(env, {
  CREDIT_ACCOUNT: {
    value: new Proxy(env.CREDIT_ACCOUNT, {
      get: (namespace, name) =>
        name === "get"
          ? () => new Proxy({}, { get: () => () => Promise.reject(new Error("overloaded")) })
          : Reflect.get(namespace, name, namespace).bind(namespace),
    }),
  },
});

let user: TestUser;
let admin: TestUser;
beforeAll(async () => {
  await loadDefaultCatalog();
  user = await signUp();
  admin = await adminUser();
});

const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
afterAll(() => log.mockRestore());

/** Sends a request to a Worker whose accounts cannot be reached, and returns its refusal. */
async function refusalOf(token: string, method: string, path: string, body?: unknown) {
  const request = new Request(`http://farebox.test${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const response = await worker.fetch(request, unreachable, createExecutionContext());
  const { status, code } = await readError(response);
  return [status, code];
}

const UNAVAILABLE = [503, "billing_unavailable"];

it.each([
  ["orders", "ord_outage"],
  ["invoices", "in_outage"],
])("GET /api/admin/%s/%s says that the account cannot be reached", async (list, id) => {
  await env.DB.batch([
    env.DB.prepare(
      `insert or ignore into orders (id, user_id, kind, title, quantity, currency, amount_minor,
        credits_microcredits, gives_plan, status, created_at, updated_at)
        values ('ord_outage', ?, 'plan', 'Pack', 1, 'usd', 1, 1, 0, 'completed', 1, 1)`,
    ).bind(user.userId),
    env.DB.prepare(
      `insert or ignore into subscription_invoices (id, user_id, subscription_id, title, status,
        currency, total_minor, paid_minor, credits_microcredits, period_start, period_end,
        created_at, updated_at)
        values ('in_outage', ?, 'sub_1', 'Pro', 'paid', 'usd', 1, 1, 1, 1, 1, 1, 1)`,
    ).bind(user.userId),
  ]);
  const path = `/api/admin/${list}/${id}`;
  expect(await refusalOf(admin.token, "GET", path, undefined)).toEqual(UNAVAILABLE);
});

it.each<[method: string, path: string, body?: unknown]>([
  ["GET", "/api/api-keys/key_00000001"],
  ["PATCH", "/api/api-keys/key_00000001", { disabled: true }],
  ["POST", "/api/api-keys/key_00000001/rotate", {}],
])("%s %s says that its caller's account cannot be reached", async (method, path, body) => {
  expect(await refusalOf(user.token, method, path, body)).toEqual(UNAVAILABLE);
});

it.each<[method: string, path: string, body?: unknown]>([
  ["GET", "/api/admin/users/:userId"],
  ["PATCH", "/api/admin/users/:userId", { role: "user" }],
  ["GET", "/api/admin/users/:userId/grants"],
  ["POST", "/api/admin/users/:userId/grants", { credits: 5, reason: "Goodwill" }],
  ["GET", "/api/admin/users/:userId/api-keys"],
  ["DELETE", "/api/admin/users/:userId/api-keys/key_1", { reason: "Leaked" }],
])("%s %s says that the account cannot be reached", async (method, path, body) => {
  const ofUser = path.replace(":userId", user.userId);
  expect(await refusalOf(admin.token, method, ofUser, body)).toEqual(UNAVAILABLE);
});

it.each<[method: string, path: string, body?: unknown]>([
  ["GET", "/api/payments/users/:userId/usage/limits"],
  ["POST", "/api/payments/users/:userId/usage/track", { meter: "tool", quantity: 1 }],
  ["GET", "/api/users/:userId/export"],
  ["GET", "/api/users/:userId/mail-preferences"],
  ["PATCH", "/api/users/:userId/mail-preferences", { lowBalanceCredits: 5 }],
])("%s %s says that the account cannot be reached", async (method, path, body) => {
  const own = path.replace(":userId", user.userId);
  expect(await refusalOf(user.token, method, own, body)).toEqual(UNAVAILABLE);
});

it("nobody signs in by a second factor or a passkey in the meantime", async () => {
  const rider = await signUp();
  const { email, password, token } = rider;
  const { recoveryCodes } = await addTotp(rider);
  const asked = await call("POST", "/api/auth/login", { body: { email, password } });
  const { challengeId } = await asked.json<{ challengeId: string }>();
  const answer = { challengeId, code: recoveryCodes[0] };
  expect(await refusalOf(token, "POST", "/api/auth/login/second-factor", answer)).toEqual(
    UNAVAILABLE,
  );
  const authenticator = await addPasskey(rider);
  const question = await askPasskey();
  const credential = await authenticator.sign(question.options);
  const signed = { challengeId: question.challengeId, credential };
  expect(await refusalOf(token, "POST", "/api/auth/login/passkey", signed)).toEqual(UNAVAILABLE);
});

it("a chat is not served while the account cannot be reached", async () => {
  const { key } = await signUpFundedUser(1);
  for (const path of ["/v1/responses", "/v1/completions"]) {
    const body = { ...PAID_CHATS[`POST ${path}`], model: "large" };
    expect(await refusalOf(key, "POST", path, body)).toEqual(UNAVAILABLE);
  }
  for (const path of ["/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens"]) {
    const { max_tokens, ...prompt } = chatBody();
    const body = path.endsWith("count_tokens") ? prompt : { ...prompt, max_tokens };
    expect(await refusalOf(key, "POST", path, body)).toEqual(UNAVAILABLE);
  }
});

it.each<[method: string, path: string, body?: unknown]>([
  ["GET", "/api/customers"],
  ["GET", "/api/customers/:externalId"],
  ["PUT", "/api/customers/:externalId", { name: "Ada" }],
  ["DELETE", "/api/customers/:externalId"],
  ["POST", "/api/sessions", { externalId: ":externalId" }],
])("%s %s says that the customer's account cannot be reached", async (method, path, body) => {
  const externalId = newExternalId();
  const { key } = await createManagementKey(["users", "sessions"], {}, admin);
  const customer = `/api/customers/${externalId}`;
  expect((await call("PUT", customer, { token: key, body: {} })).status).toBe(201);
  const named = (text: string): string => text.replace(":externalId", externalId);
  const sent: unknown = body === undefined ? body : JSON.parse(named(JSON.stringify(body)));
  expect(await refusalOf(key, method, named(path), sent)).toEqual(UNAVAILABLE);
});
