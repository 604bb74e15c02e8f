import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readAccountTotals } from "../support/funded-user.ts";
import {
  type Answer,
  COST,
  chatWith,
  goodFrames,
  replies,
  sellModel,
  signUpUser,
  standInUpstreams,
  streams,
  upstreamSettings,
} from "../support/upstreams.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => vi.useRealTimers());

const status =
  (code: number, headers: Record<string, string> = {}, message = "No."): Answer =>
  () =>
    Response.json({ error: { message } }, { status: code, headers });
const body =
  (text: string, type: string): Answer =>
  () =>
    new Response(text, { headers: { "content-type": type } });
const refuses: Answer = () => {
  throw new TypeError("Connection refused.");
};
const error = { error: { message: "Provider disconnected", code: 502 } };

/** Every failure after which the next upstream is asked. */
const FAILURES: readonly (readonly [name: string, answer: Answer])[] = [
  ["a refused connection", refuses],
  ["401", status(401)],
  ["402", status(402)],
  ["404", status(404, {}, "The model does not exist.")],
  ["408", status(408)],
  ["429", status(429)],
  ["500", status(500)],
  ["503", status(503)],
  ["529", status(529)],
  ["a redirect", status(302, { location: "http://elsewhere.test" })],
  ["an empty reply", body("", "application/json")],
  ["half a JSON text", body('{"choices":[{"mess', "application/json")],
  ["a page", body("<!doctype html><p>Sorry</p>", "text/html")],
  ["an error of status 200", () => Response.json(error)],
];

/** Those of a stream alone. */
const STREAM_FAILURES: readonly (readonly [name: string, answer: Answer])[] = [
  ["an error frame", streams(`data: ${JSON.stringify(error)}\n\n`)],
  ["an error event", streams("event: error\ndata: down\n\n")],
  [
    "an error after the role",
    streams(
      'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n',
      `data: ${JSON.stringify(error)}\n\n`,
    ),
  ],
  ["an end before the first word", streams(": still here\n\n", "data: [DONE]\n\n")],
  ["nothing but comments", streams(": still here\n\n", ": still here\n\n")],
  ["nothing", streams()],
  ["a page that is called a stream", streams("<!doctype html><p>Sorry</p>\n\n")],
  ["a frame that is no JSON", streams("data: Sorry\n\n")],
  ["half a frame", streams('data: {"choices":[{"index":0,"delta":{"content":"Ha')],
];

const FORMS = [
  ["JSON", { stream: false }],
  ["a stream", { stream: true }],
] as const;

const CASES = FORMS.flatMap(([form, more]) =>
  [...FAILURES, ...(more.stream ? STREAM_FAILURES : [])].map(
    ([failure, answer]) => [failure, form, answer, more] as const,
  ),
);

describe.each(CASES)("%s, where %s was asked for,", (_failure, _form, answer, more) => {
  it("moves on to the next upstream, and what it serves is charged once", async () => {
    const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
    const calls = standInUpstreams({ a: answer, b: replies("Served by b") });
    const who = await signUpUser();
    const reply = await chatWith(who, { model, ...more });
    expect(reply.status).toBe(200);
    expect(reply.text).toContain("Served by b");
    expect(reply.text).not.toContain('"error"');
    expect(reply.headers.get("x-farebox-upstream")).toBe("b");
    expect(calls.map(({ upstream, body: { model: asked } }) => [upstream, asked])).toEqual([
      ["a", `${model}-at-a`],
      ["b", `${model}-at-b`],
    ]);
    expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [COST] });
  });

  it("moves on from the second upstream as from the first", async () => {
    const model = await sellModel([{ upstream: "a" }, { upstream: "b" }, { upstream: "c" }]);
    const calls = standInUpstreams({ a: status(503), b: answer, c: replies("Served by c") });
    const who = await signUpUser();
    const reply = await chatWith(who, { model, ...more });
    expect([reply.status, reply.headers.get("x-farebox-upstream")]).toEqual([200, "c"]);
    expect(reply.text).toContain("Served by c");
    expect(calls.map(({ upstream }) => upstream)).toEqual(["a", "b", "c"]);
    expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [COST] });
  });

  it("costs nothing where all upstreams fail", async () => {
    const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
    const calls = standInUpstreams({ a: answer, b: status(503) });
    const who = await signUpUser();
    const reply = await chatWith(who, { model, ...more });
    expect(reply.status).toBe(502);
    expect(calls).toHaveLength(2);
    expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [] });
  });
});

describe("a request that is to blame itself", () => {
  it.each([400, 413, 422])("is refused by the first upstream (%i)", async (code) => {
    const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
    const calls = standInUpstreams({ a: status(code), b: replies("Served by b") });
    const who = await signUpUser();
    const reply = await chatWith(who, { model });
    expect([reply.status, calls.length]).toEqual([400, 1]);
    expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [] });
  });

  it("is refused in a stream's first frame as well", async () => {
    const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
    const refusal = { error: { message: "Your prompt is not valid.", code: 400 } };
    const calls = standInUpstreams({
      a: streams(`data: ${JSON.stringify(refusal)}\n\n`),
      b: replies("Served by b"),
    });
    const reply = await chatWith(await signUpUser(), { model, stream: true });
    expect([reply.status, calls.length]).toEqual([400, 1]);
    expect(reply.text).toContain("Your prompt is not valid.");
  });
});

it("no other upstream is asked once a word was sent, and what came is charged", async () => {
  const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
  const said = 'data: {"choices":[{"index":0,"delta":{"content":"Half"}}]}\n\n';
  const calls = standInUpstreams({
    a: streams(said, `data: ${JSON.stringify(error)}\n\n`),
    b: replies("Served by b"),
  });
  const who = await signUpUser();
  const reply = await chatWith(who, { model, stream: true });
  expect(reply.text).toContain("Half");
  expect(reply.text).not.toContain("Served by b");
  expect(calls).toHaveLength(1);
  const { charged, heldMicrocredits } = await readAccountTotals(who);
  expect([charged.length, heldMicrocredits]).toEqual([1, 0]);
});

it("a stream that begins is passed on byte for byte", async () => {
  const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
  standInUpstreams({ a: streams(": hello\n\n", goodFrames("Served by a", { model })), b: refuses });
  const reply = await chatWith(await signUpUser(), {
    model,
    stream: true,
    stream_options: { include_usage: true },
  });
  expect(reply.text).toBe(`: hello\n\n${goodFrames("Served by a", { model })}`);
});

describe("an upstream that is silent", () => {
  it.each([
    ["the time to its first token", { firstTokenSeconds: 1 }, {}],
    ["the time of a silence", {}, { UPSTREAM_TIMEOUT_SECONDS: "1" }],
  ])("has %s, and then the next is asked", async (_name, ofUpstream, more) => {
    const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
    // As the network does: a body ends with the request that was given up.
    const { readable, writable } = new IdentityTransformStream();
    const settings = { ...upstreamSettings({ a: ofUpstream }), ...more };
    const calls = standInUpstreams({
      a: ({ signal }) => {
        signal.addEventListener("abort", () => {
          writable.abort(new Error("given up")).catch(() => undefined);
        });
        return new Response(readable, { headers: { "content-type": "text/event-stream" } });
      },
      b: replies("Served by b"),
    });
    const who = await signUpUser();
    const reply = await chatWith(who, { model, stream: true }, { settings });
    expect(reply.text).toContain("Served by b");
    expect(calls).toHaveLength(2);
    expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [COST] });
  });
});

describe("the fields of a request", () => {
  it("choose among upstreams: one that refuses a field is not asked", async () => {
    const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
    const calls = standInUpstreams({ a: replies("Served by a"), b: replies("Served by b") });
    const settings = upstreamSettings({ b: { passFields: ["wings"] } });
    const who = await signUpUser();
    const reply = await chatWith(who, { model, wings: 2 }, { settings });
    expect(reply.headers.get("x-farebox-upstream")).toBe("b");
    expect(calls.map(({ body: { wings } }) => wings)).toEqual([2]);
    const refused = await chatWith(who, { model, wings: 2 });
    expect([refused.status, JSON.parse(refused.text).error.param]).toEqual([400, "wings"]);
    expect(calls).toHaveLength(1);
  });
});

it("the hold is for the upstream at which pictures are dearest", async () => {
  const model = await sellModel([{ upstream: "a" }, { upstream: "b" }], {
    contextLength: 1_000_000,
  });
  const image = { type: "image_url", image_url: { url: "https://pictures.example.com/a.png" } };
  const settings = upstreamSettings({ a: { imageTokens: 10 }, b: { imageTokens: 50_000 } });
  const usage = { prompt_tokens: 40_000, completion_tokens: 10, total_tokens: 40_010 };
  standInUpstreams({ a: status(503), b: replies("Served by b", { usage }) });
  const who = await signUpUser();
  const messages = [{ role: "user", content: [image] }];
  const reply = await chatWith(who, { model, messages }, { settings });
  expect(reply.status).toBe(200);
  expect(await readAccountTotals(who)).toMatchObject({ charged: [40_000 * 30 + 10 * 150] });
});

it("what the model says of pictures wins over its upstreams", async () => {
  const pictures = { imageTokens: 1000, lowDetailImageTokens: 50 };
  const model = await sellModel([{ upstream: "a" }], { contextLength: 1_000_000, ...pictures });
  const settings = upstreamSettings({ a: { imageTokens: 50_000 } });
  const usage = { prompt_tokens: 40_000, completion_tokens: 10, total_tokens: 40_010 };
  standInUpstreams({ a: replies("Served by a", { usage }) });
  /** Sends a picture that the upstream counts high, and returns the tokens that are charged. */
  async function chargeOf(detail: string): Promise<number> {
    const who = await signUpUser();
    const url = "https://pictures.example.com/a.png";
    const image = { type: "image_url", image_url: { url, detail } };
    await chatWith(who, { model, messages: [{ role: "user", content: [image] }] }, { settings });
    const { captures } = await readAccountTotals(who);
    const [entry] = captures.map((capture) => capture.entry);
    return entry?.kind === "capture" ? entry.usage.input : 0;
  }
  const [high, low] = [await chargeOf("high"), await chargeOf("low")];
  // The rest is the text around the picture.
  expect(high).toBeGreaterThan(1000);
  expect(high).toBeLessThan(2000);
  expect(low).toBeLessThan(high - 900);
});

describe("an upstream that is not set up", () => {
  it("is passed over where another one is", async () => {
    const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
    standInUpstreams({ b: replies("Served by b") });
    const settings = { KEY_OF_a: "" };
    const reply = await chatWith(await signUpUser(), { model }, { settings });
    expect(reply.headers.get("x-farebox-upstream")).toBe("b");
  });

  it("is a 503 where none is", async () => {
    const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
    const settings = { KEY_OF_a: "", KEY_OF_b: "" };
    const who = await signUpUser();
    expect((await chatWith(who, { model }, { settings })).status).toBe(503);
    expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [] });
  });
});

it("hides which upstream served or refused, where vendors are hidden", async () => {
  const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
  const settings = { SHOW_VENDOR: "" };
  standInUpstreams({ a: status(503), b: replies("Hello", { provider: "acme-b" }) });
  const who = await signUpUser();
  for (const stream of [false, true]) {
    const reply = await chatWith(who, { model, stream }, { settings });
    expect(reply.headers.has("x-farebox-upstream")).toBe(false);
    expect(reply.text).toContain("Hello");
    expect(reply.text).not.toContain("acme-b");
  }
  const message = `The model ${model}-at-b does not take this.`;
  standInUpstreams({
    a: status(503),
    b: () => Response.json({ error: { message } }, { status: 400 }),
  });
  const refused = await chatWith(who, { model }, { settings });
  expect([refused.status, JSON.parse(refused.text).error.message]).toEqual([
    400,
    `The model ${model} does not take this.`,
  ]);
});

it("an answer of the second upstream is replayed by its key, without another call", async () => {
  const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
  const calls = standInUpstreams({ a: status(503), b: replies("Served by b") });
  const who = await signUpUser();
  const headers = { "idempotency-key": crypto.randomUUID() };
  const first = await chatWith(who, { model, stream: true }, { headers });
  const second = await chatWith(who, { model, stream: true }, { headers });
  expect(second.headers.get("idempotent-replayed")).toBe("true");
  expect(second.text).toBe(first.text);
  expect(calls).toHaveLength(2);
  expect(await readAccountTotals(who)).toMatchObject({ charged: [COST] });
});

describe("an upstream that keeps failing", () => {
  it("is left alone for half a minute after three failures within one", async () => {
    const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
    const calls = standInUpstreams({ a: status(503), b: replies("Served by b") });
    const who = await signUpUser();
    const tried = async () => {
      calls.length = 0;
      expect((await chatWith(who, { model })).status).toBe(200);
      return calls.map(({ upstream }) => upstream).join("");
    };
    const now = Date.now();
    vi.useFakeTimers({ now, toFake: ["Date"] });
    expect([await tried(), await tried(), await tried(), await tried()]).toEqual([
      "ab",
      "ab",
      "ab",
      "b",
    ]);
    vi.setSystemTime(now + 29_999);
    expect(await tried()).toBe("b");
    vi.setSystemTime(now + 30_000);
    // One more failure is enough.
    expect([await tried(), await tried()]).toEqual(["ab", "b"]);
    vi.setSystemTime(now + 60_001);
    standInUpstreams({ a: replies("Served by a") });
    expect((await chatWith(who, { model })).headers.get("x-farebox-upstream")).toBe("a");
  });

  it("is left alone for as long as its retry-after says", async () => {
    const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
    const calls = standInUpstreams({
      a: status(429, { "retry-after": "7" }),
      b: replies("Served by b"),
    });
    const who = await signUpUser();
    const now = Date.now();
    vi.useFakeTimers({ now, toFake: ["Date"] });
    await chatWith(who, { model });
    await chatWith(who, { model });
    vi.setSystemTime(now + 7000);
    await chatWith(who, { model });
    expect(calls.map(({ upstream }) => upstream).join("")).toBe("abbab");
  });

  it("is asked all the same where every other one fails", async () => {
    const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
    const calls = standInUpstreams({ a: status(429, { "retry-after": "60" }), b: status(503) });
    const who = await signUpUser();
    expect((await chatWith(who, { model })).status).toBe(502);
    standInUpstreams({ a: replies("Served by a"), b: status(503) });
    const reply = await chatWith(who, { model });
    expect(reply.headers.get("x-farebox-upstream")).toBe("a");
    expect(calls).toHaveLength(2);
  });
});

it("the log says which upstream answered, and how many were tried", async () => {
  const model = await sellModel([{ upstream: "a" }, { upstream: "b" }]);
  standInUpstreams({ a: status(503), b: replies("Served by b") });
  const logged = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const points: unknown[] = [];
  const CHAT_ANALYTICS = { writeDataPoint: (point: unknown) => points.push(point) };
  await chatWith(await signUpUser(), { model }, { settings: { CHAT_ANALYTICS } });
  const lines = logged.mock.calls.map(([line]) => String(line)).join("\n");
  expect(lines).toContain('"upstream":"b"');
  expect(lines).toContain('"upstreamsTried":2');
  expect(points).toMatchObject([
    { blobs: [model, "complete", "credits", "captured", "b"], doubles: { length: 8, 7: 2 } },
  ]);
});
