import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { app, chats } from "../../src/app.ts";
import type { Env } from "../../src/env.ts";
import { adminUser } from "../support/admin.ts";
import { postAgent } from "../support/agents.ts";
import { openPage, signUpVisitor, submitForm } from "../support/browser.ts";
import { call, readError } from "../support/call.ts";
import { standInModel } from "../support/model.ts";
import { createKey, signUp } from "../support/sign-up.ts";
import {
  fillPath,
  forEachConcurrently,
  PAID_CHATS,
  PAID_FORMS,
  type SweptRoute,
  sweptRoutes,
} from "../support/sweep.ts";

// More than a thousand requests.
vi.setConfig({ testTimeout: 120_000 });

/** The numbers of wrangler.toml. */
const WRITES = 120;
const READS = 600;
const ANONYMOUS = 300;

/** Sends requests until one is refused: at most as many as two minutes let through. */
async function firstRefusal(limit: number, send: (n: number) => Promise<Response>) {
  for (let n = 0; n <= 2 * limit; n += 1) {
    const response = await send(n);
    if (response.status === 429) return { n, response };
    await response.body?.cancel();
  }
  throw new Error("none was refused");
}

const refusesAll = { limit: async () => ({ success: false }) };
/** The bindings of a Worker of which everybody has asked too much. */
const exhausted: Env = Object.create(env, {
  WRITE_RATE_LIMIT: { value: refusesAll },
  READ_RATE_LIMIT: { value: refusesAll },
  ANONYMOUS_RATE_LIMIT: { value: refusesAll },
});

/** Signed by Stripe. */
const isWebhook = ({ name }: SweptRoute): boolean =>
  name.includes("webhook") && !name.includes("/admin/");
/** Limited by the user's plan. */
const isChat = ({ name }: SweptRoute): boolean =>
  Object.hasOwn(PAID_CHATS, name) ||
  name.startsWith("POST /v1/audio/") ||
  /^POST \/(api\/chat|api\/.*\/messages|v1\/messages\/count_tokens)$/.test(name);

async function sendExhausted(method: string, path: string, headers: Record<string, string>) {
  const request = new Request(`http://farebox.test${path}`, {
    method,
    headers: { "cf-connecting-ip": "203.0.113.9", ...headers },
    ...(method === "GET" ? {} : { body: "{}" }),
  });
  request.headers.set("content-type", "application/json");
  const served = path === "/v1/chat/completions" ? chats : app;
  const response = await served.fetch(request, exhausted, createExecutionContext());
  const code = /"(?:error_)?code":"(\w+)"/.exec(await response.text())?.[1];
  return { status: response.status, code, retryAfter: response.headers.get("retry-after") };
}

const LIMITED = { status: 429, code: "rate_limit_exceeded", retryAfter: "60" };

it("every route is refused to who has asked too much, and to nobody in particular", async () => {
  const { token, refreshToken } = await signUp();
  const key = await createKey({ token });
  const wrong: unknown[] = [];
  await forEachConcurrently(
    sweptRoutes().filter((route) => !isWebhook(route)),
    async (route) => {
      const path = fillPath(route.path, () => "nothing");
      const known = [
        { authorization: `Bearer ${token}` },
        { authorization: `Bearer ${key}` },
        { "x-api-key": key },
        { cookie: `farebox_session=${refreshToken}`, "sec-fetch-site": "same-origin" },
      ];
      const unknown = [{}, { authorization: "Bearer x" }, { cookie: "farebox_session=rt_x" }];
      for (const headers of [...(isChat(route) ? [] : known), ...unknown]) {
        if (Object.hasOwn(PAID_CHATS, route.name) || PAID_FORMS.has(route.name)) continue;
        const answer = await sendExhausted(route.method, path, { ...headers });
        if (answer.status !== 429 || answer.code !== LIMITED.code || answer.retryAfter !== "60")
          wrong.push([route.name, Object.keys(headers), answer]);
      }
    },
  );
  expect(wrong).toEqual([]);
});

it("chats and Stripe's events are not counted", async () => {
  const { token } = await signUp();
  const authorization = `Bearer ${token}`;
  for (const route of sweptRoutes().filter((one) => isWebhook(one) || isChat(one))) {
    const path = fillPath(route.path, () => "nothing");
    const { status } = await sendExhausted(route.method, path, { authorization });
    expect([route.name, status]).not.toEqual([route.name, 429]);
  }
});

it("an admin who signed in is not counted", async () => {
  const { token } = await adminUser();
  const authorization = `Bearer ${token}`;
  expect((await sendExhausted("GET", "/api/admin/users", { authorization })).status).toBe(200);
  const grant = "/api/admin/users/nobody/grants";
  expect((await sendExhausted("POST", grant, { authorization })).status).not.toBe(429);
});

it("what nobody signed in for is refused as pages and documents too", async () => {
  for (const path of ["/", "/pricing", "/marketplace", "/login", "/docs", "/no-such-page"]) {
    const { status, retryAfter } = await sendExhausted("GET", path, {});
    expect([path, status, retryAfter]).toEqual([path, 429, "60"]);
  }
  expect(await sendExhausted("GET", "/openapi.json", {})).toEqual(LIMITED);
  expect(await sendExhausted("GET", "/api/nowhere", {})).toEqual(LIMITED);
});

it("a signed-in reader who has asked too much gets a page that says so", async () => {
  const { cookie } = await signUpVisitor();
  const { status, retryAfter } = await sendExhausted("GET", "/dashboard", { cookie });
  expect([status, retryAfter]).toEqual([429, "60"]);
});

it(`a user makes ${WRITES} changes in a minute, by any credential, and no more`, async () => {
  const { token, cookie } = await signUpVisitor();
  const other = await signUp();
  const key = await createKey({ token }, { scopes: ["write"] });
  const ways = [
    () => call("PATCH", "/api/users/me", { token, body: { name: "Ada" } }),
    () => call("PATCH", "/api/users/me", { token: key, body: { name: "Ada" } }),
    () => call("DELETE", "/api/agents/nothing", { token }),
    () => postAgent({ token }, { name: "" }),
    () => call("POST", "/api/conversations/nothing/link", { token, body: {} }),
  ];
  const { n, response } = await firstRefusal(
    WRITES,
    async (at) => (await ways[at % ways.length]?.()) ?? Response.error(),
  );
  expect(n).toBeGreaterThanOrEqual(WRITES - 2);
  expect(response.headers.get("retry-after")).toBe("60");
  expect(await readError(response)).toMatchObject({ code: "rate_limit_exceeded" });
  // At once, unless a minute ended just now.
  await firstRefusal(WRITES, () => submitForm("/keys", { name: "laptop" }, { cookie }));
  expect((await call("GET", "/api/users/me", { token })).status).toBe(200);
  const stranger = await call("PATCH", "/api/users/me", { token: other.token, body: {} });
  expect(stranger.status).toBe(200);
});

it(`a user reads ${READS} times in a minute, and no more, and goes on chatting`, async () => {
  standInModel();
  const { token } = await signUp();
  const { n } = await firstRefusal(READS, () => call("GET", "/api/plans/active", { token }));
  expect(n).toBeGreaterThanOrEqual(READS);
  const chat = await call("POST", "/v1/chat/completions", {
    token,
    body: { model: "small", messages: [{ role: "user", content: "Hi" }] },
  });
  expect(chat.status).toBe(200);
});

it(`a network reads ${ANONYMOUS} times in a minute without signing in, and no more`, async () => {
  const { token } = await signUp();
  const paths = ["/api/plans/active", "/api/marketplace", "/v1/models", "/api/users/me"];
  const { n } = await firstRefusal(ANONYMOUS, (at) =>
    call("GET", paths[at % paths.length] ?? "/", {
      headers: { "cf-connecting-ip": `2001:db8:9:9::${at.toString(16)}` },
    }),
  );
  expect(n).toBeGreaterThanOrEqual(ANONYMOUS);
  for (const [headers, credential] of [
    [{ "cf-connecting-ip": "2001:db8:9:8::1" }, {}],
    [{ "cf-connecting-ip": "2001:db8:9:9::1" }, { token }],
  ] as const)
    expect((await call("GET", "/api/marketplace", { headers, ...credential })).status).toBe(200);
  // At once, unless a minute ended just now.
  await firstRefusal(ANONYMOUS, () =>
    openPage("/pricing", { "cf-connecting-ip": "2001:db8:9:9::1" }),
  );
});
