import { describe, expect, it } from "vitest";
import { call } from "../support/call.ts";
import { createKey, signUp } from "../support/sign-up.ts";

const bodyOf = (method: string) => (method === "GET" ? {} : { body: {} });

/** Expects the 404 that a program can read, and returns what it says. */
async function expectJsonNotFound(
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: unknown } = bodyOf(method),
): Promise<string> {
  const response = await call(method, path, options);
  const text = await response.text();
  expect([method, path, response.status]).toEqual([method, path, 404]);
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  return text;
}

describe("a program with another base URL is told in JSON which is right", () => {
  it.each([
    ["POST", "/proxy/v1/chat/completions", "Did you mean POST /v1/chat/completions?"],
    ["POST", "/inference/v1/chat/completions", "Did you mean POST /v1/chat/completions?"],
    ["POST", "/V1/chat/completions", "Did you mean POST /v1/chat/completions?"],
    ["POST", "//chat/completions", "Did you mean POST /v1/chat/completions?"],
    ["GET", "/proxy/v1/models", "Did you mean GET /v1/models?"],
    ["GET", "/v2/models", "Did you mean GET /v1/models?"],
    ["GET", "//models", "Did you mean GET /v1/models?"],
    ["POST", "/anthropic/v1/messages", "Did you mean POST /v1/messages?"],
    ["POST", "/v1beta/models/large:generateContent", "Available: POST /v1/chat/completions"],
    ["POST", "/v3/rerank", "Available: POST /v1/chat/completions"],
  ])("%s %s", async (method, path, hint) => {
    const text = await expectJsonNotFound(method, path);
    expect(text).toContain(hint);
    expect(text).toContain("http://farebox.test/v1");
  });

  it.each([
    ["POST", "/"],
    ["POST", "/generate"],
    ["POST", "/rerank"],
    ["PUT", "/pricing"],
    ["DELETE", "/"],
  ])("where no page takes it, whatever its body is: %s %s", async (method, path) => {
    const multipart = { "content-type": "multipart/form-data; boundary=x" };
    await expectJsonNotFound(method, path);
    await expectJsonNotFound(method, path, { headers: multipart, body: "--x--" });
  });

  it("where it shows a key, or takes JSON alone", async () => {
    const key = await createKey(await signUp());
    for (const headers of [
      { authorization: `Bearer ${key}` },
      { "x-api-key": key },
      { "api-key": key },
      { accept: "application/json" },
    ])
      await expectJsonNotFound("GET", "/generate", { headers });
  });
});

it("JSON for a page's form is refused in JSON", async () => {
  const response = await call("POST", "/chat", { body: { message: "Hello" } });
  expect(response.status).toBe(415);
  expect(await response.json()).toMatchObject({ error: { code: "unsupported_media_type" } });
});

it.each(["/no-such-page", "/chatter", "/models-of-cars", "/docs/v1"])(
  "a person who asks for %s gets a page",
  async (path) => {
    const accept = "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8";
    const response = await call("GET", path, { headers: { accept } });
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
  },
);
