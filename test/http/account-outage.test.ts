import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Env } from "../../src/env.ts";
import worker from "../../src/index.ts";
import { adminUser } from "../support/admin.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { chatBody, signUpFundedUser } from "../support/funded-user.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";

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
  const { error } = await response.json<{ error: { code: string } }>();
  return [response.status, error.code];
}

const UNAVAILABLE = [503, "billing_unavailable"];

it.each<[method: string, path: string, body?: unknown]>([
  ["GET", "/api/admin/users/:userId"],
  ["PATCH", "/api/admin/users/:userId", { role: "user" }],
  ["GET", "/api/admin/users/:userId/grants"],
  ["POST", "/api/admin/users/:userId/grants", { credits: 5, reason: "Goodwill" }],
])("%s %s says that the account cannot be reached", async (method, path, body) => {
  const ofUser = path.replace(":userId", user.userId);
  expect(await refusalOf(admin.token, method, ofUser, body)).toEqual(UNAVAILABLE);
});

it.each<[method: string, path: string, body?: unknown]>([
  ["GET", "/api/payments/users/:userId/usage/limits"],
  ["POST", "/api/payments/users/:userId/usage/track", { meter: "tool", quantity: 1 }],
  ["GET", "/api/users/:userId/export"],
])("%s %s says that the account cannot be reached", async (method, path, body) => {
  const own = path.replace(":userId", user.userId);
  expect(await refusalOf(user.token, method, own, body)).toEqual(UNAVAILABLE);
});

it("a chat is not served while the account cannot be reached", async () => {
  const { key } = await signUpFundedUser(1);
  expect(await refusalOf(key, "POST", "/v1/chat/completions", chatBody())).toEqual(UNAVAILABLE);
});
