import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { createLocalModel } from "../../dev/model/app.ts";
import type { Behaviour } from "../../dev/model/behaviour.ts";
import { estimateTokenCount } from "../../src/chat/estimate-tokens.ts";
import { readFrames } from "../../src/chat/frames.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import {
  chatBody,
  type FundedUser,
  readAccountTotals,
  sendChat,
  signUpFundedUser,
} from "../support/funded-user.ts";
import { UPSTREAM_KEY } from "../support/model.ts";
import { standInModelServer } from "../support/model-server.ts";
import { stubUpstreamJson, stubUpstreamStream, upstreamFrames } from "../support/upstream.ts";

const streamed = (more: Record<string, unknown> = {}) => chatBody({ stream: true, ...more });
const withUsage = { stream_options: { include_usage: true } };
const textOf = (stream: string) =>
  readFrames(stream)
    .map(({ text }) => text)
    .join("");

const shown = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  cost: z.number().default(Number.NaN),
});
/** Returns the last usage of a stream. */
const usageIn = (stream: string) =>
  shown.parse(readFrames(stream).findLast((frame) => frame.usage !== undefined)?.usage);

/** Returns the upstream's own stream. */
async function original(behaviour: Behaviour, json: Record<string, unknown>): Promise<string> {
  const model = createLocalModel({ apiKey: UPSTREAM_KEY });
  model.next(behaviour);
  const { usage: _, ...passed } = json;
  const sent = { ...passed, model: "large", stream_options: { include_usage: true } };
  const headers = { authorization: `Bearer ${UPSTREAM_KEY}`, "content-type": "application/json" };
  const response = await model.fetch(
    new Request("http://model.test/v1/chat/completions", {
      method: "POST",
      headers,
      body: JSON.stringify(sent),
    }),
  );
  return await response.text();
}

/** Removes from frames the fields that differ from call to call. */
const comparable = (stream: string) =>
  stream.replaceAll(/"(id|created|system_fingerprint)":("[^"]*"|\d+)/g, "");

/** Reads the first `frames` frames of a reply. */
async function readFirst(response: Response, frames: number): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) throw new Error("no body");
  const decoder = new TextDecoder();
  let read = "";
  while (read.split("\n\n").length - 1 < frames) {
    const { value, done } = await reader.read();
    if (done) break;
    read += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return read;
}

/** A hold is settled after the reply. No test is about how soon. */
const BUSY_MACHINE = { timeout: 60_000 };

/** Waits until the account has settled its holds. */
async function waitForSettlement(who: FundedUser) {
  return await vi.waitFor(async () => {
    const box = await readAccountTotals(who);
    expect(box.heldMicrocredits).toBe(0);
    return box;
  }, BUSY_MACHINE);
}

describe("a streamed chat", () => {
  it.each<[string, Behaviour]>([
    ["as OpenAI sends it", {}],
    ["in single bytes", { pieceBytes: [1] }],
    ["in odd pieces", { pieceBytes: [3, 7, 1, 16, 2] }],
    ["several frames at once", { framesPerPiece: 4 }],
    ["with CRLF", { lineEnd: "\r\n" }],
    ["with CR", { lineEnd: "\r" }],
    ["with comments between", { comments: true }],
    ["without [DONE]", { done: false }],
  ])(
    "reaches a client that asked for usage byte for byte, and is charged by it: %s",
    async (_name, behaviour) => {
      const model = standInModelServer();
      const who = await signUpFundedUser(1);
      await model.next(behaviour);
      const text = await (await sendChat(who, streamed(withUsage))).text();
      expect(comparable(text)).toBe(comparable(await original(behaviour, streamed())));
      const usage = usageIn(text);
      expect(await waitForSettlement(who)).toMatchObject({
        charged: [usage.prompt_tokens * 30 + usage.completion_tokens * 150],
      });
    },
  );

  it.each<[string, Behaviour]>([
    ["as OpenAI sends it", {}],
    ["in single bytes", { pieceBytes: [1] }],
    ["several frames at once", { framesPerPiece: 4 }],
    ["with CRLF", { lineEnd: "\r\n" }],
    ["with CR", { lineEnd: "\r" }],
  ])(
    "keeps back the usage chunk from a client that did not ask, and nothing else: %s",
    async (_name, behaviour) => {
      const model = standInModelServer();
      const who = await signUpFundedUser(1);
      await model.next(behaviour);
      const text = await (await sendChat(who, streamed())).text();
      const whole = await original(behaviour, streamed());
      const end = behaviour.lineEnd ?? "\n";
      const without = whole
        .replaceAll(',"usage":null', "")
        .split(end + end)
        .filter((frame) => !/"choices":\[\]/.test(frame))
        .join(end + end);
      expect(comparable(text)).toBe(comparable(without));
      expect(whole).not.toBe(without);
      const [cost] = (await waitForSettlement(who)).charged;
      expect(cost).toBeGreaterThan(0);
      expect((await readAccountTotals(who)).captures[0]?.entry).toMatchObject({
        estimated: false,
        ending: "complete",
      });
    },
  );

  it("carries the cost for a client that asked with usage: {include: true}", async () => {
    standInModelServer();
    const who = await signUpFundedUser(1);
    const text = await (await sendChat(who, streamed({ usage: { include: true } }))).text();
    const usage = usageIn(text);
    expect([usage.cost * 1e6]).toEqual((await waitForSettlement(who)).charged);
  });

  it("counts usage in the last content chunk, in every chunk and in x_groq", async () => {
    for (const usageIn of ["last-content-chunk", "every-chunk", "x_groq"] as const) {
      const model = standInModelServer();
      const who = await signUpFundedUser(1);
      await model.next({ usageIn });
      const text = await (await sendChat(who, streamed())).text();
      // No word is kept back with the count beside it.
      expect([usageIn, textOf(text)]).toEqual([
        usageIn,
        textOf(await original({ usageIn }, streamed())),
      ]);
      const { captures } = await waitForSettlement(who);
      expect([usageIn, captures[0]?.entry]).toMatchObject([usageIn, { estimated: false }]);
    }
  });

  it.each([
    ["natively", withUsage],
    ["frame by frame", {}],
  ])("sends the first token as soon as the upstream does: relayed %s", async (_name, more) => {
    const model = standInModelServer();
    const who = await signUpFundedUser(1);
    await model.gate();
    const response = await sendChat(who, streamed(more));
    await model.open(2);
    const read = await readFirst(response, 2);
    expect(textOf(read)).not.toBe("");
    await model.open();
  });
});

describe("an upstream that breaks off a stream", () => {
  it.each(["die", "end", "error", "garbage"] as const)(
    "by %s is charged for what was relayed, by estimate, once",
    async (how) => {
      const model = standInModelServer();
      const who = await signUpFundedUser(1000);
      await model.next({ breakOff: { afterTokens: 3, how }, usage: null, delayMs: 5 });
      const response = await sendChat(who, streamed({ model: "exact" }));
      const text = await response.text();
      const { charged, captures } = await waitForSettlement(who);
      expect(captures[0]?.entry).toMatchObject({
        estimated: true,
        ending: how === "garbage" ? "complete" : "upstream_failed",
      });
      expect(charged).toEqual([estimateTokenCount(textOf(text)) * 1e6]);
    },
  );

  it.each([
    ["natively", withUsage],
    ["frame by frame", {}],
    ["with the cost", { usage: { include: true } }],
  ])("is told as an error in OpenAI's shape, without [DONE]: relayed %s", async (_name, more) => {
    for (const how of ["die", "end"] as const) {
      const model = standInModelServer();
      const who = await signUpFundedUser(1000);
      await model.next({ breakOff: { afterTokens: 3, how }, delayMs: 5 });
      const text = await (await sendChat(who, streamed({ model: "exact", ...more }))).text();
      const last = text.trimEnd().split("\n\n").at(-1) ?? "";
      expect(JSON.parse(last.slice("data: ".length))).toMatchObject({
        error: { type: "api_error", code: "upstream_error" },
      });
      expect(text).not.toContain("[DONE]");
    }
  });

  it("is not replayed to its Idempotency-Key as if whole: the model is called anew", async () => {
    const model = standInModelServer();
    const who = await signUpFundedUser(1000);
    const keyed = { "idempotency-key": "broken" };
    await model.next({ breakOff: { afterTokens: 3, how: "die" }, usage: null, delayMs: 5 });
    await (await sendChat(who, streamed(), keyed)).text().catch(() => null);
    await waitForSettlement(who);
    const again = await sendChat(who, streamed(), keyed);
    expect(again.headers.get("idempotent-replayed")).toBeNull();
    expect(await again.text()).toContain("[DONE]");
    expect((await waitForSettlement(who)).charged).toHaveLength(2);
  });

  it.each(["die", "end"] as const)("by %s before any text is owed the prompt", async (how) => {
    const model = standInModelServer();
    const who = await signUpFundedUser(1);
    await model.next({ breakOff: { afterTokens: 0, how }, usage: null });
    await (await sendChat(who, streamed())).text().catch(() => null);
    const { captures } = await waitForSettlement(who);
    expect(captures[0]?.entry).toMatchObject({ usage: { output: 0 }, estimated: true });
    expect(captures[0]?.amountMicrocredits).toBeLessThan(0);
  });
});

describe("the vendor's own price", () => {
  const paid = {
    cost: 0.00001,
    cost_details: { upstream_inference_cost: 0.00001 },
    is_byok: false,
    cost_in_usd_ticks: 7,
  };
  const counted = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  const usage = { ...counted, ...paid };
  const fare = 10 * 30 + 5 * 150;
  const settled = async (who: FundedUser) =>
    await vi.waitFor(async () =>
      expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [fare] }),
    );
  const usages = (stream: string) =>
    readFrames(stream)
      .map((frame) => frame.usage)
      .filter((told) => told !== undefined);

  it.each<[string, string[]]>([
    [
      "in the last content chunk",
      [upstreamFrames.says("Hello."), upstreamFrames.finishes("stop", { usage })],
    ],
    ["in a chunk with text", [upstreamFrames.says("Hello.", { usage })]],
    [
      "in a chunk of its own",
      [upstreamFrames.says("Hello."), upstreamFrames.frame({ choices: [], usage })],
    ],
    [
      "over several lines",
      [
        upstreamFrames.says("Hello."),
        `data: {"choices":[],\ndata: "usage":\ndata: ${JSON.stringify(usage)}}\n\n`,
      ],
    ],
  ])(
    "is not shown to a client that asked for the cost, but Farebox's is, %s",
    async (_where, frames) => {
      stubUpstreamStream(...frames, upstreamFrames.done);
      const who = await signUpFundedUser(10);
      const text = await (await sendChat(who, streamed({ usage: { include: true } }))).text();
      expect(usages(text)).toEqual([
        {
          ...counted,
          cost: fare / 1e6,
          generation_id: expect.stringMatching(/^gen_[0-9a-f]{32}-\d+$/),
        },
      ]);
      expect(textOf(text)).toBe("Hello.");
      expect(text.endsWith(upstreamFrames.done)).toBe(true);
      await settled(who);
    },
  );

  it("is hidden from a client that asked for no usage, and all else is the vendor's", async () => {
    const finish = (more: object) => upstreamFrames.finishes("stop", { citations: ["a"], ...more });
    stubUpstreamStream(upstreamFrames.says("Hello."), finish({ usage }), upstreamFrames.done);
    const who = await signUpFundedUser(10);
    expect(await (await sendChat(who, streamed())).text()).toBe(
      upstreamFrames.says("Hello.") + finish({}) + upstreamFrames.done,
    );
    await settled(who);
  });

  it("is not shown with a whole reply", async () => {
    stubUpstreamJson({
      choices: [{ index: 0, message: { role: "assistant", content: "Hello." } }],
      usage,
    });
    const who = await signUpFundedUser(10);
    expect(await (await sendChat(who)).json()).toMatchObject({
      usage: { ...counted, cost: fare / 1e6 },
    });
    expect(Object.keys((await (await sendChat(who)).json<{ usage: object }>()).usage)).toEqual([
      ...Object.keys(counted),
      "cost",
      "generation_id",
    ]);
  });
});

it("a cost that comes before the end covers the text so far, its own chunk included", async () => {
  const odd = { prompt_tokens: 9, completion_tokens: 0 };
  stubUpstreamStream(
    upstreamFrames.says("One two three."),
    upstreamFrames.says(" Four five six.", { usage: odd }),
    upstreamFrames.done,
  );
  const who = await signUpFundedUser(10);
  const { cost } = usageIn(
    await (await sendChat(who, streamed({ usage: { include: true } }))).text(),
  );
  await vi.waitFor(async () =>
    expect((await readAccountTotals(who)).charged).toEqual([Math.round(cost * 1e6)]),
  );
});

it("a vendor that refuses stream_options is asked once more without, and estimated", async () => {
  const bodies: { stream_options?: unknown }[] = [];
  const words = { error: { message: "Unknown parameter: 'stream_options'.", type: "x" } };
  fakeNetwork.standIn("model.test", async (request) => {
    const body = await request.json<{ stream_options?: unknown }>();
    bodies.push(body);
    if (body.stream_options !== undefined) return Response.json(words, { status: 400 });
    const frames = [upstreamFrames.says("two words"), upstreamFrames.finishes("stop")];
    return new Response(frames.join(""), { headers: { "content-type": "text/plain" } });
  });
  const who = await signUpFundedUser(10);
  const response = await sendChat(who, streamed({ model: "exact" }));
  expect([response.status, textOf(await response.text())]).toEqual([200, "two words"]);
  expect(bodies).toMatchObject([{ stream_options: { include_usage: true } }, {}]);
  expect((await waitForSettlement(who)).charged).toEqual([2_000_000]);
  // Whoever sends the field reads the vendor's words about it.
  const sent = await sendChat(who, streamed(withUsage));
  expect([sent.status, await sent.json()]).toMatchObject([
    400,
    { error: { message: words.error.message } },
  ]);
});
