import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import worker from "../../src/index.ts";
import { readError } from "../support/call.ts";

const ROUTE = "/api/auth/first-admin";
const SETUP_TOKEN = "a-token-that-nobody-guesses";
const DEPLOYED = { PUBLIC_URL: "https://farebox.test", SETUP_TOKEN, ADMIN_EMAILS: "" };
const body = {
  setupToken: SETUP_TOKEN,
  email: "founder@farebox.test",
  password: "correct horse battery 9",
};

/** Asks a deployed Worker whose database is empty. */
const ask = (method: string, path: string, json?: object, changed: object = DEPLOYED) =>
  worker.fetch(
    new Request(`https://farebox.test${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: json === undefined ? null : JSON.stringify(json),
    }),
    { ...env, ...changed },
    createExecutionContext(),
  );

it("nobody is awaited without SETUP_TOKEN", async () => {
  const bare = { ...DEPLOYED, SETUP_TOKEN: "" };
  expect(await (await ask("GET", ROUTE, undefined, bare)).json()).toEqual({ isAwaited: false });
  expect(await readError(await ask("POST", ROUTE, body, bare))).toMatchObject({ status: 404 });
});

it("a short token is not usable", async () => {
  const short = { ...DEPLOYED, SETUP_TOKEN: "short" };
  expect(await readError(await ask("GET", ROUTE, undefined, short))).toMatchObject({
    status: 503,
    param: "SETUP_TOKEN",
  });
});

it("the first admin signs up by the token, before any catalog, and nobody after them", async () => {
  expect(await (await ask("GET", ROUTE)).json()).toEqual({ isAwaited: true });
  const wrong = await ask("POST", ROUTE, { ...body, setupToken: "a-token-that-somebody-guessed" });
  expect(await readError(wrong)).toEqual({
    status: 401,
    code: "invalid_credentials",
    param: "setupToken",
  });
  const first = await ask("POST", ROUTE, body);
  expect(first.status).toBe(201);
  const { user, accessToken } = await first.json<{
    user: { role: string };
    accessToken: string;
  }>();
  expect(user.role).toBe("admin");
  expect(await (await ask("GET", ROUTE)).json()).toEqual({ isAwaited: false });
  const second = await ask("POST", ROUTE, { ...body, email: "second@farebox.test" });
  expect(await readError(second)).toMatchObject({ status: 404, code: "not_found" });
  const audit = await worker.fetch(
    new Request("https://farebox.test/api/admin/audit?action=user.role_changed", {
      headers: { authorization: `Bearer ${accessToken}` },
    }),
    { ...env, ...DEPLOYED },
    createExecutionContext(),
  );
  expect(await audit.json()).toMatchObject({ data: [{ reason: "SETUP_TOKEN" }] });
});
