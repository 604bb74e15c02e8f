import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { readFrames } from "../../src/chat/frames.ts";
import worker from "../../src/index.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import {
  chatBody,
  type FundedUser,
  readAccountTotals,
  signUpFundedUser,
} from "../support/funded-user.ts";
import { type Json, VENDORS, type Vendor, withUsage } from "../vendors/vendors.ts";

/** The vendor's name, wherever a vendor may have it. */
const NAME = /acme|"gen-|\bmsg_/i;
const SERVED = { prompt: 12, cached: 4, written: 0, reply: 5, thoughts: 2 };
const WORDS = ["Ships", " sail", " at dawn."];

/** What vendors have in a reply beside OpenAI's fields, each with the vendor's name in it. */
const EXTRAS: Json = {
  id: "gen-acme-1",
  provider: "Acme",
  system_fingerprint: "fp_acme",
  service_tier: "acme_on_demand",
  request_id: "acme-7",
  usage_breakdown: { acme: 1 },
  prompt_filter_results: [{ acme: { filtered: false } }],
  citations: ["https://acme.test"],
  kv_transfer_params: { from: "acme" },
};
const CHOICE_EXTRAS: Json = {
  native_finish_reason: "acme_stop",
  content_filter_results: { acme: {} },
  matched_stop: "acme",
};
const SAID_EXTRAS: Json = {
  provider_specific_fields: { acme: true },
  extra_content: { acme: { thought_signature: "x" } },
  reasoning_details: [{ type: "reasoning.text", text: "", format: "acme-v1" }],
};
const COUNT_EXTRAS: Json = { cost: 0.5, cost_details: { acme: 0.5 }, acme_ticks: 9, is_byok: true };

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;

/** Adds everything that names the vendor to a reply or a frame of one. */
function sign(json: Json): Json {
  const { choices } = json;
  if (!Array.isArray(choices)) return { ...json, ...EXTRAS };
  const signed = choices.filter(isObject).map((choice) => {
    const shown: Record<string, unknown> = { ...choice, ...CHOICE_EXTRAS };
    for (const part of ["delta", "message"])
      if (isObject(shown[part])) shown[part] = { ...shown[part], ...SAID_EXTRAS };
    return shown;
  });
  return { ...json, ...EXTRAS, choices: signed };
}

const countOf = ({ usage }: Vendor): Json => ({ ...usage(SERVED), ...COUNT_EXTRAS });

const event = (json: Json): string =>
  `: ACME PROCESSING\n\nevent: acme\ndata: ${JSON.stringify(json)}\n\n`;

const streamOf = (vendor: Vendor): string => {
  const { opening, says, finish, closing } = vendor.shape;
  const last = withUsage(finish, vendor.place, countOf(vendor));
  return [...opening, ...WORDS.map(says), last, ...closing]
    .map((json) => event(sign(json)))
    .join("");
};

/** Calls the Worker under a setting of SHOW_VENDOR. */
async function send(
  path: string,
  { key }: FundedUser,
  body: object | null,
  showsVendor = "",
  idempotencyKey: string | null = null,
  settings: Readonly<Record<string, string>> = {},
) {
  const ctx = createExecutionContext();
  const init = {
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      ...(idempotencyKey === null ? {} : { "idempotency-key": idempotencyKey }),
    },
    ...(body === null ? {} : { method: "POST", body: JSON.stringify(body) }),
  };
  const request = new Request(`http://farebox.test${path}`, init);
  const bindings: Record<string, string> = { SHOW_VENDOR: showsVendor, ...settings };
  const response = await worker.fetch(request, { ...env, ...bindings }, ctx);
  const text = await response.text();
  await waitOnExecutionContext(ctx);
  return { status: response.status, headers: JSON.stringify([...response.headers]), text };
}

type Options =
  Parameters<typeof send> extends [unknown, unknown, unknown, ...infer Rest] ? Rest : [];

const chat = (user: FundedUser, more: object = {}, ...options: Options) =>
  send("/v1/chat/completions", user, chatBody({ ...more }), ...options);

const answerWith = (body: string, type: string, status = 200): void =>
  fakeNetwork.standIn("model.test", () =>
    Promise.resolve(
      new Response(body, { status, headers: { "content-type": type, "x-acme": "1" } }),
    ),
  );

const SURFACES: readonly (readonly [name: string, more: Record<string, unknown>])[] = [
  ["whole", {}],
  ["streamed", { stream: true }],
  ["streamed with usage", { stream: true, stream_options: { include_usage: true } }],
  ["streamed with the cost", { stream: true, usage: { include: true } }],
];

/** Returns the text of a reply in OpenAI's shape, as an OpenAI client reads it. */
function readText(text: string, isStream: boolean): string {
  const frames = isStream
    ? text
        .split(/\r?\n/)
        .filter((line) => line.startsWith("data: {"))
        .map((line) => line.slice("data: ".length))
    : [text];
  return frames
    .flatMap((frame) => JSON.parse(frame).choices)
    .map((choice) => choice.delta?.content ?? choice.message?.content ?? "")
    .join("");
}

let who: FundedUser;
beforeAll(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  who = await signUpFundedUser(1000);
});

const lastCharge = async () => (await readAccountTotals(who)).charged[0];

describe.each(VENDORS.map((vendor) => [vendor.name, vendor] as const))(
  "a reply of %s",
  (_name, vendor) => {
    it.each(SURFACES)("names no vendor, %s, and costs the same", async (surface, more) => {
      const isStream = surface !== "whole";
      if (isStream) answerWith(streamOf(vendor), "text/event-stream");
      else {
        const whole = vendor.shape.whole(WORDS.join(""), "", true);
        const body = JSON.stringify(sign(withUsage(whole, vendor.place, countOf(vendor))));
        answerWith(body, "application/json");
      }
      const shown = await chat(who, more, "true");
      expect(shown.text).toMatch(NAME);
      const charge = await lastCharge();
      const hidden = await chat(who, more);
      expect(hidden.status).toBe(200);
      expect(hidden.text).not.toMatch(NAME);
      expect(hidden.headers).not.toMatch(NAME);
      expect(readText(hidden.text, isStream)).toBe(WORDS.join(""));
      expect(await lastCharge()).toBe(charge);
      expect(hidden.text).not.toContain('"cost":0.5');
      expect(hidden.text.includes('"cost"')).toBe(
        surface === "whole" || surface === "streamed with the cost",
      );
      expect(hidden.text.includes('"prompt_tokens"')).toBe(surface !== "streamed");
      if (isStream) {
        expect(readFrames(hidden.text).some(({ isFinish }) => isFinish)).toBe(true);
        expect(hidden.text).not.toContain('"error"');
      }
    });
  },
);

describe("an error", () => {
  const words = (message: string, more: object = {}) =>
    JSON.stringify({ error: { message, type: "acme_error", ...more } });

  it.each([
    ["the vendor", "Groq does not take this field."],
    ["an address", "Not valid: see docs.vendor-of-mine.dev/errors."],
    ["the vendor's id of the request", "Not valid (request req_01abc)."],
    ["an organization", "Not valid in org-7abc."],
  ])("in whose message is %s has words of ours", async (_what, message) => {
    answerWith(words(message), "application/json", 400);
    expect((await chat(who, {}, "true")).text).toContain(message);
    const { status, text } = await chat(who);
    expect([status, JSON.parse(text).error.message]).toEqual([
      400,
      "The model provider rejected the request.",
    ]);
  });

  it("keeps the vendor's words that name nobody, with the model's own name", async () => {
    const message = "Invalid value for 'messages[0].content' of the model large: too long.";
    answerWith(words(message, { param: "messages", code: "string_too_long" }), "text/json", 400);
    const { text } = await chat(who, { model: "exact" });
    expect(JSON.parse(text)).toMatchObject({
      error: {
        message: "Invalid value for 'messages[0].content' of the model exact: too long.",
        param: "messages",
        code: "string_too_long",
      },
    });
  });

  it("says that a prompt does not fit, whoever says so", async () => {
    const message = "OpenAI: this model's maximum context length is 8 tokens.";
    answerWith(words(message), "application/json", 400);
    const { error } = JSON.parse((await chat(who)).text);
    expect(error.code).toBe("context_length_exceeded");
    expect(error.message).not.toContain("OpenAI");
  });

  const says = (content: string) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;

  it.each([
    ["a frame", `data: ${words("Acme is down")}\n\n`],
    ["a choice", 'data: {"choices":[{"index":0,"error":{"message":"Acme"},"delta":{}}]}\n\n'],
    ["an event", 'event: error\ndata: {"message":"Acme is down"}\n\n'],
    ["an event that is no JSON", "event: error\ndata: Acme is down\n\n"],
    ["a line", 'error: {"message":"Acme is down"}\n\n'],
    ["vLLM's object", 'data: {"object":"error","message":"Acme is down","code":500}\n\n'],
    ["half a frame", 'data: {"id":"gen-acme","provider":"Acme","choi'],
  ])("within a stream, as %s, is told in words of ours", async (_how, error) => {
    for (const [, more] of SURFACES.slice(1)) {
      answerWith(says("Half an answer") + error, "text/event-stream");
      const { text } = await chat(who, more);
      expect(text).toContain("Half an answer");
      expect(text).not.toMatch(NAME);
      expect(text).toMatch(/^data: .*"error":\{"message":"The model provider/m);
      expect(text).not.toContain("[DONE]");
    }
  });
});

it("frames that name no vendor reach the client byte for byte", async () => {
  const head = '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"large"';
  const frame = (delta: string, end = "null") =>
    `data: ${head}, "choices":[{"index":0,"delta":${delta},"finish_reason":${end}}]}\n\n`;
  const said = frame('{"role":"assistant","content":"A \\"provider\\": \\u0041."}');
  const stream = `${said}${frame("{}", '"stop"')}data: [DONE]\n\n`;
  answerWith(stream, "text/event-stream");
  const { text } = await chat(who, { stream: true, stream_options: { include_usage: true } });
  expect(text).toBe(stream);
});

it("a tool call has its id, name and arguments, and a thought its text", async () => {
  const call = {
    index: 0,
    id: "toolu_1",
    type: "function",
    function: { name: "look", arguments: '{"at":"Acme"}' },
    extra_content: { acme: 1 },
  };
  const delta = { role: "assistant", content: null, reasoning: "Hm.", tool_calls: [call] };
  const choices = [{ index: 0, delta, finish_reason: "tool_calls" }];
  answerWith(event(sign({ choices })), "text/event-stream");
  const { text } = await chat(who, { stream: true });
  const { extra_content: _, ...shown } = call;
  const frame = JSON.parse(text.split("data: ")[1] ?? "");
  expect(frame.choices[0].delta).toMatchObject({ reasoning: "Hm.", tool_calls: [shown] });
  expect(text).not.toContain("extra_content");
});

it("a kept stream is replayed as it was shown", async () => {
  const [vendor] = VENDORS;
  if (vendor === undefined) throw new Error("no vendor");
  answerWith(streamOf(vendor), "text/event-stream");
  const first = await chat(who, { stream: true }, "", "key-1");
  const again = await chat(who, { stream: true }, "", "key-1");
  expect(again.headers).toContain("idempotent-replayed");
  expect(again.text).toBe(first.text);
  expect(again.text).not.toMatch(NAME);
});

it("a model is the shop's own, unless the operator shows vendors", async () => {
  for (const path of ["/v1/models", "/v1/models/large"]) {
    expect((await send(path, who, null)).text).toContain('"owned_by":"system"');
    expect((await send(path, who, null, "true")).text).toContain('"owned_by":"local"');
  }
});

it("a model whose upstream is not set up names no setting", async () => {
  for (const missing of [{ UPSTREAMS: "{}" }, { LOCAL_MODEL_KEY: "" }]) {
    const { status, text } = await chat(who, {}, "", null, missing);
    expect([status, JSON.parse(text).error.code]).toEqual([503, "misconfigured"]);
    expect(text).not.toMatch(/UPSTREAMS|LOCAL_MODEL_KEY|local/);
  }
});
