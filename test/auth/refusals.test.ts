import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { app } from "../../src/app.ts";
import { signAccessToken } from "../../src/auth/sessions/access-token.ts";
import { readConfig } from "../../src/config.ts";
import type { Env } from "../../src/env.ts";
import { HOUR_MS } from "../../src/time.ts";
import { call, readError } from "../support/call.ts";
import { createKey, signUp, uniqueEmail } from "../support/sign-up.ts";

/** Sends a request to a Worker with other bindings. */
async function sendTo(
  bindings: Env,
  method: string,
  path: string,
  { body, token }: { body?: unknown; token?: string } = {},
) {
  const request = new Request(`http://farebox.test${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return await readError(await app.fetch(request, bindings, createExecutionContext()));
}

const unreachable = new Proxy({}, { get: () => () => Promise.reject(new Error("unreachable")) });
/** The bindings of a Worker whose calls of accounts all fail. */
const withoutAccounts: Env = Object.create(env, {
  CREDIT_ACCOUNT: { value: { idFromName: () => "id", get: () => unreachable } },
});
/** The bindings of a Worker that has seen too many tries of everybody. */
const withoutTries: Env = Object.create(env, {
  AUTH_RATE_LIMIT: { value: { limit: async () => ({ success: false }) } },
});

it("a route that needs the account answers 503 while it is unreachable", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const { email, password, token } = await signUp();
  const unavailable = { status: 503, code: "billing_unavailable", param: null };
  const send = (method: string, path: string, body?: unknown) =>
    sendTo(withoutAccounts, method, path, { token, body });
  const newUser = { email: uniqueEmail(), password };
  expect(await send("POST", "/api/auth/register", newUser)).toEqual(unavailable);
  expect(await send("POST", "/api/auth/login", { email, password })).toEqual(unavailable);
  expect(await send("GET", "/api/users/me")).toEqual(unavailable);
  expect(await send("PATCH", "/api/users/me", { name: "Ada" })).toEqual(unavailable);
  expect(await send("POST", "/api/api-keys", { name: "laptop" })).toEqual(unavailable);
  expect(await send("GET", "/api/api-keys")).toEqual(unavailable);
  expect(await send("DELETE", "/api/api-keys/key_00000000")).toEqual(unavailable);
  expect(await send("DELETE", "/api/users/me", { currentPassword: password })).toEqual(unavailable);
  log.mockRestore();
});

it("a route that takes a password or token answers 429 after too many tries", async () => {
  const { email, password, token, refreshToken } = await signUp();
  const tooMany = { status: 429, code: "rate_limit_exceeded", param: null };
  const send = (method: string, path: string, body: unknown) =>
    sendTo(withoutTries, method, path, { token, body });
  const currentPassword = password;
  const newUser = { email: uniqueEmail(), password };
  const passwords = { currentPassword, newPassword: `${password} again` };
  expect(await send("POST", "/api/auth/register", newUser)).toEqual(tooMany);
  expect(await send("POST", "/api/auth/login", { email, password })).toEqual(tooMany);
  expect(await send("POST", "/api/auth/refresh", { refreshToken })).toEqual(tooMany);
  expect(await send("POST", "/api/auth/password", passwords)).toEqual(tooMany);
  const newEmail = { email: uniqueEmail(), currentPassword };
  expect(await send("PATCH", "/api/users/me", newEmail)).toEqual(tooMany);
  expect(await send("DELETE", "/api/users/me", { currentPassword })).toEqual(tooMany);
});

it("logging out by a credential that is no live session's is refused by its kind", async () => {
  const user = await signUp();
  const logOut = async (token: string) =>
    (await readError(await call("POST", "/api/auth/logout", { token, body: {} }))).code;
  const claims = { userId: user.userId, role: "user", sessionId: "ses_none" } as const;
  const expired = await signAccessToken(readConfig(env), claims, Date.now() - HOUR_MS);
  const key = await createKey(user);
  expect(await logOut(expired)).toBe("token_expired");
  expect(await logOut("not-a-token")).toBe("invalid_api_key");
  expect(await logOut("not.a.token")).toBe("invalid_token");
  expect(await logOut(key)).toBe("missing_scope");
  expect(await logOut(`${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}`)).toBe(
    "invalid_api_key",
  );
});

it("a password that another request changed meanwhile is not changed again", async () => {
  const { userId, password, token } = await signUp();
  const changeHash = env.DB.prepare("update users set password_hash = 'changed' where id = ?");
  const racing = new Proxy(env.DB, {
    get(target, name) {
      if (name === "batch")
        return async (statements: D1PreparedStatement[]) => {
          await changeHash.bind(userId).run();
          return await target.batch(statements);
        };
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const bindings: Env = Object.create(env, { DB: { value: racing } });
  const body = { currentPassword: password, newPassword: `${password} again` };
  const refusal = await sendTo(bindings, "POST", "/api/auth/password", { token, body });
  expect(refusal).toEqual({ status: 409, code: "conflict", param: null });
});
