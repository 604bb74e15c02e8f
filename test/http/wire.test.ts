import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import OpenAI from "openai";
import { describe, expect, it, vi } from "vitest";
import worker from "../../src/index.ts";
import { call, readError } from "../support/call.ts";
import { createKey, signUp } from "../support/sign-up.ts";

/** Asks the Worker as it would be with other bindings or settings. */
const fetchWith = (changed: object, path: string) =>
  worker.fetch(
    new Request(`http://farebox.test${path}`),
    { ...env, ...changed },
    createExecutionContext(),
  );

it("a path that only ends like that of chats is not one; chats may have a query", async () => {
  const end = "/v1/chat/completions";
  expect((await call("GET", `/login?next=${end}`)).headers.get("content-type")).toMatch(
    "text/html",
  );
  expect((await call("POST", `/api/webhooks/stripe?x=${end}`, { body: {} })).status).toBe(400);
  expect(
    (await call("POST", `/api/nowhere${end}`, { body: {} })).headers.get("cache-control"),
  ).toBe("no-store");
  for (const address of [end, `${end}?version=1`])
    expect((await call("POST", address, { body: {} })).status).toBe(401);
});

describe("the paths of /v1", () => {
  it.each([
    ["GET", "/v1/models/"],
    ["GET", "/v1//models"],
    ["GET", "//v1/models"],
    ["GET", "/v1/models?api-version=2024-10-21"],
    ["GET", "/v1/models/?a=//b/"],
  ])("may have slashes too many, and a query: %s %s", async (method, path) => {
    expect(await (await call(method, path)).json()).toMatchObject({ object: "list" });
  });

  it.each([
    "/v1/chat/completions/",
    "/v1//chat/completions",
    "//v1/chat//completions//",
    "/v1/chat/completions?api-version=2024-10-21",
  ])("lead to chats with slashes too many: POST %s", async (path) => {
    const response = await call("POST", path, { body: {}, token: "sk_x" });
    expect(await readError(response)).toMatchObject({ status: 401, code: "invalid_api_key" });
  });

  it.each<[string, string, string]>([
    ["GET", "/v1", "GET /v1/models"],
    ["GET", "/v1/", "POST /v1/chat/completions"],
    ["POST", "/v1/responses/resp_1/cancel", "POST /v1/chat/completions"],
    ["POST", "/v1/files", "POST /v1/chat/completions"],
    ["DELETE", "/v1/models", "GET /v1/models"],
    ["POST", "/v1/v1/chat/completions", "Did you mean POST /v1/chat/completions?"],
    ["POST", "/chat/completions", "Did you mean POST /v1/chat/completions?"],
    ["GET", "/models", "Did you mean GET /v1/models?"],
    ["POST", "/openai/v1/chat/completions", "Did you mean POST /v1/chat/completions?"],
    ["POST", "/openai/deployments/large/chat/completions", "POST /v1/chat/completions"],
    ["POST", "/deployments/large/chat/completions", "POST /v1/chat/completions"],
    ["POST", "/api/v1/chat/completions", "Did you mean POST /v1/chat/completions?"],
  ])("say in JSON what is offered: %s %s", async (method, path, hint) => {
    const boundary = { "content-type": "multipart/form-data; boundary=x" };
    for (const headers of [{}, boundary]) {
      const response = await call(method, path, {
        headers,
        ...(method === "POST" ? { body: "--x--" } : {}),
      });
      const { error } = await response.json<{ error: { code: string; message: string } }>();
      expect([response.status, error.code]).toEqual([404, "not_found"]);
      expect(error.message).toContain(hint);
      expect(error.message).toContain("http://farebox.test/v1");
    }
  });
});

/** Sends bytes, which have no type of their own, to chats. */
const sendBytes = (headers: Record<string, string>) =>
  exports.default.fetch(
    new Request("http://farebox.test/v1/chat/completions", {
      method: "POST",
      headers,
      body: new TextEncoder().encode("{}"),
    }),
  );

describe("a body", () => {
  it.each(["gzip", "deflate", "br", "zstd", "gzip, br"])(
    "that is compressed is 415 and says so: %s",
    async (encoding) => {
      const response = await sendBytes({
        "content-encoding": encoding,
        "content-type": "application/json",
      });
      expect(response.status).toBe(415);
      expect(await response.text()).toContain("without content-encoding");
    },
  );

  it("that is not compressed may say so", async () => {
    const headers = { "content-encoding": "identity", "content-type": "application/json" };
    expect((await sendBytes(headers)).status).toBe(401);
  });

  it("without a type is JSON with a key, and not where a browser may send it", async () => {
    const key = await createKey(await signUp());
    expect(await readError(await sendBytes({ authorization: `Bearer ${key}` }))).toEqual({
      status: 400,
      code: "invalid_request",
      param: "model",
    });
    expect((await sendBytes({})).status).toBe(415);
    const form = { authorization: `Bearer ${key}`, "content-type": "multipart/form-data" };
    expect((await sendBytes(form)).status).toBe(415);
  });
});

describe("a key", () => {
  it.each(["x-api-key", "api-key"])("may come as %s", async (name) => {
    const { token } = await signUp();
    const key = await createKey({ token });
    expect((await call("GET", "/v1/credits", { headers: { [name]: key } })).status).toBe(200);
    expect((await call("GET", "/v1/credits", { headers: { [name]: "sk_x" } })).status).toBe(401);
    const both = { authorization: "Bearer sk_x", [name]: key };
    expect((await call("GET", "/v1/credits", { headers: both })).status).toBe(401);
  });

  it("that is not valid lists no models, while nobody needs one to list them", async () => {
    const user = await signUp();
    const key = await createKey(user, { scopes: ["read"] });
    for (const path of ["/v1/models", "/v1/models/nowhere"]) {
      const open = await call("GET", path);
      expect(open.status).not.toBe(401);
      expect((await call("GET", path, { token: key })).status).toBe(open.status);
      expect((await call("GET", path, { token: user.token })).status).toBe(open.status);
      for (const token of ["sk_x", "none", "a.b.c"])
        expect((await call("GET", path, { token })).status).toBe(401);
    }
    const { keys } = await (await call("GET", "/api/api-keys", { token: user.token })).json<{
      keys: { id: string }[];
    }>();
    await call("DELETE", `/api/api-keys/${keys[0]?.id}`, { token: user.token });
    expect((await call("GET", "/v1/models", { token: key })).status).toBe(401);
  });
});

describe("an error", () => {
  it("of an unknown route is 404 in the envelope, and names the request", async () => {
    for (const path of ["/api/nowhere", "/v1/nowhere"]) {
      const response = await call("GET", path);
      expect(response.status).toBe(404);
      expect(response.headers.get("x-request-id")).toMatch(/^req_/);
      expect(await response.json()).toMatchObject({
        error: { code: "not_found", type: "not_found_error", param: null },
      });
    }
  });

  it("of ours is 500, is logged with the request's id, and reveals nothing", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const broken = {
      prepare: () => {
        throw new Error("secret insides");
      },
    };
    const response = await fetchWith({ DB: broken }, "/api/plans");
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({
      error: { code: "internal_error", type: "api_error" },
    });
    expect(text).not.toContain("insides");
    expect(log.mock.calls.flat().join()).toContain(response.headers.get("x-request-id"));
    log.mockRestore();
  });

  it.each<[string, object, string]>([
    ["that is missing", { JWT_SECRET: undefined }, "JWT_SECRET"],
    ["that is too short", { JWT_SECRET: "swordfish" }, "JWT_SECRET"],
    ["that is no JSON", { UPSTREAMS: "swordfish" }, "UPSTREAMS"],
    ["that is no address", { PUBLIC_URL: "swordfish" }, "PUBLIC_URL"],
    ["that is not a number", { HOLD_TTL_SECONDS: "swordfish" }, "HOLD_TTL_SECONDS"],
    [
      "with a typo in it",
      { UPSTREAMS: '{"x":{"baseUrl":"https://x.test","apiKeyVar":"X","key":"swordfish"}}' },
      "UPSTREAMS",
    ],
    ["that is no key of Stripe's", { STRIPE_SECRET_KEY: "swordfish" }, "STRIPE_SECRET_KEY"],
  ])(
    "of a setting %s stops the first request with 503, naming the setting and never its value",
    async (_how, settings, name) => {
      const response = await fetchWith(settings, "/v1/models");
      const text = await response.text();
      expect(response.status).toBe(503);
      expect(JSON.parse(text)).toMatchObject({ error: { code: "misconfigured", param: name } });
      expect(text).toContain(name);
      expect(text).not.toContain("swordfish");
    },
  );
});

describe("a request's id", () => {
  it("is the caller's own, when it sends a sensible one", async () => {
    const sent = await call("GET", "/api/plans", { headers: { "x-request-id": "trace-1" } });
    expect(sent.headers.get("x-request-id")).toBe("trace-1");
    const odd = await call("GET", "/api/plans", { headers: { "x-request-id": "a b<c>" } });
    expect(odd.headers.get("x-request-id")).toMatch(/^req_/);
  });
});

const FOREIGN = [
  "http://evil.test",
  "http://shop.test.evil.test",
  "http://shop.test:81",
  "https://shop.test",
  "null",
];

const from = (origin: string, method = "GET") =>
  call(method, "/v1/models", { headers: { origin, "access-control-request-method": "POST" } });

/**
 * What a browser never asks about (https://fetch.spec.whatwg.org/#cors-safelisted-request-header),
 * or sends by itself.
 */
const SAFE = ["accept", "content-length", "user-agent"];

describe("a browser's page", () => {
  it("of the operator's may use the openai package, with every header that it sends", async () => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async (_url, init) => {
      for (const name of new Headers(init?.headers).keys())
        if (!SAFE.includes(name)) asked.push(name);
      return await Promise.resolve(Response.json({}));
    };
    const settings = {
      apiKey: "sk-x",
      baseURL: "http://farebox.test/v1",
      dangerouslyAllowBrowser: true,
      fetch,
    };
    await new OpenAI(settings).chat.completions.create({ model: "large", messages: [] });
    expect(asked).toContain("x-stainless-lang");
    const { headers } = await call("OPTIONS", "/v1/chat/completions", {
      headers: {
        origin: "http://shop.test",
        "access-control-request-method": "POST",
        "access-control-request-headers": asked.join(", "),
      },
    });
    expect(headers.get("access-control-allow-headers")?.split(",")).toEqual(asked);
  });

  it("of the operator's may call with its cookie and read the reply's headers", async () => {
    for (const origin of ["http://shop.test", "http://farebox.test"]) {
      const { headers } = await from(origin);
      expect(headers.get("access-control-allow-origin")).toBe(origin);
      expect(headers.get("access-control-allow-credentials")).toBe("true");
      for (const name of ["cost", "balance", "conversation", "max-tokens"])
        expect(headers.get("access-control-expose-headers")).toContain(`x-farebox-${name}`);
    }
  });

  it.each(FOREIGN)(
    "of anybody else may not, however much its address looks like it: %s",
    async (origin) => {
      const { headers } = await call("GET", "/api/plans", { headers: { origin } });
      expect(headers.get("access-control-allow-origin")).toBeNull();
    },
  );

  it.each(FOREIGN)(
    "of anybody else may call /v1 by a key, and never with a cookie: %s",
    async (origin) => {
      const { token, refreshToken } = await signUp();
      const key = await createKey({ token });
      const asked = { origin, "access-control-request-method": "POST" };
      for (const response of [
        await call("OPTIONS", "/v1/chat/completions", { headers: asked }),
        await call("GET", "/v1/credits", { token: key, headers: { origin } }),
      ]) {
        expect(response.ok).toBe(true);
        expect(response.headers.get("access-control-allow-origin")).toBe("*");
        expect(response.headers.get("access-control-allow-credentials")).toBeNull();
      }
      const cookie = `farebox_session=${refreshToken}`;
      expect((await call("GET", "/v1/credits", { headers: { cookie } })).status).toBe(200);
      expect((await call("GET", "/v1/credits", { headers: { cookie, origin } })).status).toBe(401);
      expect(
        (await call("GET", "/v1/nowhere", { headers: { origin } })).headers.get(
          "access-control-expose-headers",
        ),
      ).toContain("x-ratelimit-reset-requests");
    },
  );
});
