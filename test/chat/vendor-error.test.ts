import { describe, expect, it } from "vitest";
import {
  parseVendorError,
  parseVendorErrorText,
  toRequestFailure,
} from "../../src/upstream/vendor-error.ts";

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

describe("of a vendor's error is read", () => {
  const none = { message: null, code: null, param: null, status: null };

  it.each<[string, unknown, object]>([
    ["the first words that there are", { error: { message: "", msg: "No." } }, { message: "No." }],
    ["the words of a detail", { error: { detail: "No." } }, { message: "No." }],
    ["the words of an error within", { error: { error: "No.", message: 5 } }, { message: "No." }],
    [
      "words beside an error without any",
      { error: { code: "x" }, message: "No." },
      {
        message: "No.",
        code: "x",
      },
    ],
    ["words beside an empty error", { error: "", message: "No." }, { message: "No." }],
    ["text alone", "No.", { message: "No." }],
    ["the first of several", [{ error: "No." }, { error: "Not this." }], { message: "No." }],
    ["the first of a list", { errors: [{ message: "No." }, { message: "x" }] }, { message: "No." }],
    ["words beside an empty list", { errors: [], message: "No." }, { message: "No." }],
    [
      "all that is wrong",
      { detail: [7, { loc: ["a", 0], msg: "x" }, { loc: "b", msg: "y" }] },
      {
        message: "a.0: x; : y",
      },
    ],
    ["the code", { error: { code: "too_long", type: "error" } }, { code: "too_long" }],
    [
      "a type where the code is empty",
      { error: { code: "", type: "too_long" } },
      {
        code: "too_long",
      },
    ],
    [
      "a type where the code is a number",
      { error: { code: 413, type: "too_long" } },
      {
        code: "too_long",
        status: 413,
      },
    ],
    [
      "Google's word",
      { error: { code: 400, status: "INVALID_ARGUMENT" } },
      {
        code: "INVALID_ARGUMENT",
        status: 400,
      },
    ],
    ["no words as a code", { error: { code: "it is too long" } }, {}],
    ["no endless word as a code", { error: { code: `x${"y".repeat(64)}` } }, {}],
    ["no number as a code", { error: { code: "5xx" } }, {}],
    ["the param", { error: { param: "messages[0]" } }, { param: "messages[0]" }],
    [
      "a param of 200 characters",
      { error: { param: "x".repeat(200) } },
      { param: "x".repeat(200) },
    ],
    ["no longer param", { error: { param: "x".repeat(201) } }, {}],
    ["no param that is no text", { error: { param: 5 } }, {}],
    ["a status of its own", { error: { status_code: 422 } }, { status: 422 }],
    ["400", { error: { code: 400 } }, { status: 400 }],
    ["599", { error: { status: 599 } }, { status: 599 }],
    ["no 200", { error: { code: 200 } }, {}],
    ["no 600", { error: { code: 600 } }, {}],
    ["no status in letters", { error: { code: null, status: "429" } }, {}],
    [
      "MiniMax's status",
      { base_resp: { status_code: 1002, status_msg: "No." } },
      { message: "No." },
    ],
    ["nothing of MiniMax's success", { base_resp: { status_code: 0, status_msg: "success" } }, {}],
    [
      "an error's text before words beside it",
      { error: "No.", message: "Not this." },
      { message: "No." },
    ],
    [
      "an error of a choice",
      { choices: [{ index: 0 }, { error: { message: "No.", code: 502 } }] },
      { message: "No.", status: 502 },
    ],
    [
      "the text of a choice's error",
      { choices: [7, { error: 5 }, { error: "No." }] },
      { message: "No." },
    ],
    [
      "the error of a failed response",
      { response: { error: { code: "server_error", message: "No." } } },
      { message: "No.", code: "server_error" },
    ],
    [
      "words beside choices that have no error",
      { choices: [{ index: 0 }], message: "No." },
      { message: "No." },
    ],
    [
      "words beside choices that are no list",
      { choices: "none", message: "No." },
      { message: "No." },
    ],
    ["nothing of an error that is null", { errors: [null] }, {}],
    ["nothing of null", null, {}],
    ["nothing of a number", 5, {}],
    ["nothing of an error that is a number", { error: 5 }, {}],
    ["nothing of an error that is a list of numbers", { errors: [5] }, {}],
  ])("%s", (_what, json, read) => {
    expect(parseVendorError(json)).toEqual({ ...none, ...read });
  });

  it.each([
    [" No. \n", "No."],
    ["1 < 2", "1 < 2"],
    ["", null],
    [" <html>No.</html>", null],
  ])("plain text without the space around it, and no HTML: %j", (text, message) => {
    expect(parseVendorErrorText(text)).toEqual({ ...none, message });
  });
});

describe("the failure of a request", () => {
  const refused = { message: "No.", code: null, param: null, status: null };

  it("has the vendor's param, and none without one", () => {
    expect(toRequestFailure(400, { ...refused, param: "n" })?.param).toBe("n");
    expect(toRequestFailure(400, refused)?.param).toBeUndefined();
  });

  it("is the caller's own at 403 only by words that are not about the account", () => {
    expect(toRequestFailure(403, { ...refused, message: null })).toBeNull();
    expect(toRequestFailure(403, { ...refused, code: "model_not_found" })).toBeNull();
    expect(toRequestFailure(403, { ...refused, code: "flagged" })?.vendorCode).toBe("flagged");
    const unknown = { ...refused, code: "unknown" };
    expect(toRequestFailure(403, { ...unknown, message: "Model x does not exist." })).toBeNull();
    expect(toRequestFailure(403, { ...unknown, message: "This page is not here." })).not.toBeNull();
    expect(toRequestFailure(400, { ...refused, message: null })?.message).not.toBe("");
  });

  it("is of a prompt that does not fit, by the vendor's code or words", () => {
    const codeOf = (code: string | null, message: string | null) =>
      toRequestFailure(400, { ...refused, code, message })?.vendorCode;
    expect(codeOf("context_window_exceeded", null)).toBe("context_length_exceeded");
    expect(codeOf("too_large", "The prompt is too long.")).toBe("context_length_exceeded");
    expect(codeOf(null, null)).toBeUndefined();
  });

  it.each(["bad_request", "BadRequest", "bad_request_error", "invalid_request", "error", "ERROR"])(
    "says no more by %s",
    (code) => {
      expect(toRequestFailure(400, { ...refused, code })?.vendorCode).toBeUndefined();
    },
  );

  it.each(["error_of_schema", "is_bad_request", "bad_request_body", "invalid_requests"])(
    "says more by %s",
    (code) => {
      expect(toRequestFailure(400, { ...refused, code })?.vendorCode).toBe(code);
    },
  );
});
