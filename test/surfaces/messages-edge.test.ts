import { describe, expect, it } from "vitest";
import { call } from "../support/call.ts";
import { signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { messageBody, sendMessage } from "./support/messages.ts";

/** Sends a request, and returns its status and what its error says in Anthropic's shape. */
async function refusalOf(pending: Promise<Response>) {
  const response = await pending;
  const { type, error, request_id } = await response.json<{
    type: string;
    error: { type: string; message: string; details: Record<string, unknown> };
    request_id: string;
  }>();
  expect([type, request_id]).toEqual(["error", response.headers.get("request-id")]);
  return { status: response.status, ...error, headers: response.headers };
}

describe("a message is created", () => {
  it.each([
    ["authorization", "Bearer "],
    ["authorization", "bearer  "],
    ["x-api-key", ""],
    ["api-key", ""],
  ])("by a key in the header %s: %s", async (header, scheme) => {
    standInModel();
    const { key } = await signUpFundedUser(1);
    const headers = { [header]: `${scheme}${key}` };
    const response = await call("POST", "/v1/messages", { body: messageBody(), headers });
    expect(response.status).toBe(200);
    expect(
      await refusalOf(
        call("POST", "/v1/messages", {
          body: messageBody(),
          headers: { [header]: `${scheme}sk_of-another-place` },
        }),
      ),
    ).toMatchObject({
      status: 401,
      type: "authentication_error",
      details: { error_code: "invalid_api_key" },
    });
  });

  it.each([
    "/v1/messages/",
    "//v1//messages",
    "/v1/messages?beta=true",
    "/v1/messages/?api-version=2023-06-01",
  ])("at %s", async (path) => {
    standInModel();
    const { key: token } = await signUpFundedUser(1);
    expect((await call("POST", path, { body: messageBody(), token })).status).toBe(200);
  });

  it("by a browser's page on any site", async () => {
    const { headers } = await call("OPTIONS", "/v1/messages", {
      headers: {
        origin: "https://page.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-api-key,anthropic-version",
      },
    });
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-allow-headers")).toContain("anthropic-version");
  });
});

describe("a refusal is in Anthropic's shape", () => {
  it.each<[string, string, string, number, string, string]>([
    ["without a credential", "POST", "/v1/messages", 401, "authentication_error", "API key"],
    ["of batches", "POST", "/v1/messages/batches", 404, "not_found_error", "POST /v1/messages,"],
    ["of another method", "GET", "/v1/messages", 404, "not_found_error", "POST /v1/messages,"],
    ["of a count", "POST", "/v1/messages/count_tokens", 401, "authentication_error", "API key"],
  ])("%s", async (_name, method, path, status, type, hint) => {
    const options = method === "GET" ? {} : { body: messageBody() };
    const refused = await refusalOf(call(method, path, options));
    expect(refused).toMatchObject({ status, type });
    expect(refused.message).toContain(hint);
  });

  it("on all of /v1 for a client of Anthropic's, and in OpenAI's for others", async () => {
    const headers = { "anthropic-version": "2023-06-01" };
    expect(await refusalOf(call("GET", "/v1/files", { headers }))).toMatchObject({
      status: 404,
      type: "not_found_error",
    });
    expect(await (await call("GET", "/v1/files")).json()).toMatchObject({
      error: { type: "not_found_error", code: "not_found", param: null },
    });
  });

  it.each(["gzip", "deflate", "br", "zstd"])("of a body in %s", async (encoding) => {
    const who = await signUpFundedUser(1);
    const headers = { "content-encoding": encoding };
    expect(await refusalOf(sendMessage(who, messageBody(), headers))).toMatchObject({
      status: 415,
      type: "invalid_request_error",
      message: expect.stringContaining("without content-encoding"),
    });
  });

  it("of credits that do not suffice: it says where there is more", async () => {
    const refused = await refusalOf(sendMessage(await signUpFundedUser(0)));
    expect(refused).toMatchObject({
      status: 402,
      type: "billing_error",
      details: { error_code: "insufficient_quota", upgradeUrl: "http://farebox.test/pricing" },
    });
    expect(refused.message).toContain("http://farebox.test/pricing");
  });

  it("of too many requests in a minute, of messages and counts together", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const entitlement = {
      planId: "pln_none",
      planVersion: 2,
      allowances: {},
      models: null,
      features: [],
      requestsPerMinute: 2,
    };
    await who.account.setEntitlement({ entitlement });
    const { max_tokens: _, ...prompt } = messageBody();
    const count = () => call("POST", "/v1/messages/count_tokens", { body: prompt, token: who.key });
    expect((await sendMessage(who)).status).toBe(200);
    expect((await count()).status).toBe(200);
    for (const refused of [await refusalOf(sendMessage(who)), await refusalOf(count())]) {
      expect(refused).toMatchObject({ status: 429, type: "rate_limit_error" });
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    }
  });
});

describe("a count of tokens", () => {
  const count = async (body: object) => {
    const { key: token } = await signUpFundedUser(0);
    return await call("POST", "/v1/messages/count_tokens", { body, token });
  };
  const asked = (more: object) => ({ model: "large", messages: [], ...more });

  it("is above the likely one, and grows with all that is in a prompt", async () => {
    const said = { role: "user", content: "word ".repeat(1000) };
    const image = {
      type: "image",
      source: { type: "base64", media_type: "image/png", data: "A/b+".repeat(10_000) },
    };
    const tool = { name: "f", description: "word ".repeat(1000), input_schema: {} };
    const read = async (more: object) =>
      (await (await count(asked(more))).json<{ input_tokens: number }>()).input_tokens;
    const text = await read({ messages: [said] });
    expect(text).toBeGreaterThanOrEqual(1000);
    expect(text).toBeLessThan(3000);
    expect(await read({ messages: [said], tools: [tool] })).toBeGreaterThan(text + 1000);
    expect(await read({ messages: [said], system: said.content })).toBeGreaterThan(text + 1000);
    const withImage = await read({ messages: [said, { role: "user", content: [image] }] });
    expect(withImage).toBeGreaterThan(text + 1000);
    expect(withImage).toBeLessThan(text + 3000);
  });

  it.each<[object, number, string]>([
    [asked({}), 400, "invalid_request_error"],
    [asked({ messages: [{ role: "user", content: "Hi" }], model: "none" }), 404, "not_found_error"],
    [
      asked({ messages: [{ role: "user", content: "Hi" }], max_tokens: 5 }),
      400,
      "invalid_request_error",
    ],
  ])("of %o is refused: %i", async (body, status, type) => {
    expect(await refusalOf(count(body))).toMatchObject({ status, type });
  });
});
