import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import OpenAI from "openai";
import { describe, expect, it, vi } from "vitest";
import worker from "../../src/index.ts";
import { call } from "../support/call.ts";

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
    ["that names no signing secret", { STRIPE_WEBHOOK_SECRET: " , " }, "STRIPE_WEBHOOK_SECRET"],
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
      expect(headers.get("access-control-expose-headers")).toContain("x-farebox-cost");
    }
  });

  it("of anybody else may not, however much its address looks like it", async () => {
    for (const origin of [
      "http://evil.test",
      "http://shop.test.evil.test",
      "http://shop.test:81",
      "https://shop.test",
      "null",
    ]) {
      expect([origin, (await from(origin)).headers.get("access-control-allow-origin")]).toEqual([
        origin,
        null,
      ]);
    }
  });
});
