import { describe, expect, it } from "vitest";
import { parseVendorErrorText, toRequestFailure } from "../../src/upstream/vendor-error.ts";

const WORDS = "This model's maximum context length is 6048 tokens.";

/** Returns the failure that a vendor's reply becomes; null where it is the operator's. */
const failureOf = (status: number, body: unknown) =>
  toRequestFailure(
    status,
    parseVendorErrorText(typeof body === "string" ? body : JSON.stringify(body)),
  );

describe("a vendor's words reach the caller", () => {
  it.each<[string, unknown]>([
    ["OpenAI", { error: { message: WORDS, type: "invalid_request_error", param: null } }],
    ["Gemini", [{ error: { code: 400, message: WORDS, status: "INVALID_ARGUMENT" } }]],
    ["vLLM", { object: "error", message: WORDS, type: "BadRequestError", param: null, code: 400 }],
    ["Mistral", { object: "error", message: { detail: WORDS }.detail, type: "invalid_request" }],
    ["Ollama", { error: WORDS }],
    ["FastAPI", { detail: WORDS }],
    ["Cloudflare", { errors: [{ message: WORDS, code: 5006 }], success: false }],
    ["Anthropic", { type: "error", error: { type: "invalid_request_error", message: WORDS } }],
    ["plain text", WORDS],
  ])("in the shape of %s", (_vendor, body) => {
    expect(failureOf(400, body)).toMatchObject({
      code: "invalid_request",
      message: WORDS,
      vendorCode: "context_length_exceeded",
    });
  });

  it("with FastAPI's fields", () => {
    const detail = [{ loc: ["body", "messages"], msg: "field required", type: "missing" }];
    expect(failureOf(422, { detail })?.message).toBe("body.messages: field required");
  });

  it("with the vendor's own code, but for one that says no more than ours", () => {
    const codeOf = (code: unknown) =>
      failureOf(400, { error: { message: "No.", code } })?.vendorCode;
    expect(codeOf("content_policy_violation")).toBe("content_policy_violation");
    for (const code of ["invalid_request_error", "BadRequestError", "INVALID_ARGUMENT", 400, null])
      expect(codeOf(code)).toBeUndefined();
  });

  it("cut off where they are endless, and never as HTML", () => {
    expect(failureOf(400, { error: { message: "x".repeat(9999) } })?.message).toHaveLength(2000);
    expect(failureOf(400, "<html>Bad</html>")?.message).not.toContain("html");
    expect(failureOf(400, "")?.message).not.toBe("");
  });
});

describe("403 and 404", () => {
  it.each([
    [403, "Input was flagged by moderation."],
    [404, "No endpoints found that support image input."],
    [404, "The picture at this URL was not found."],
  ])("%i about the request is the caller's: %s", (status, message) => {
    expect(failureOf(status, { error: { message } })).toMatchObject({ code: "invalid_request" });
  });

  it.each([
    [401, "Incorrect API key provided."],
    [403, "Your organization must be verified."],
    [403, "You have insufficient permissions for this operation."],
    [404, "The model `gpt-9` does not exist or you do not have access to it."],
    [404, "Deployment not found."],
    [402, "Insufficient balance."],
    [500, WORDS],
  ])("%i about the operator's account is not: %s", (status, message) => {
    expect(failureOf(status, { error: { message } })).toBeNull();
  });
});
