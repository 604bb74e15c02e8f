import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { call } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { chatBody, readAccountTotals, sendChat, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { standInModelServer } from "../support/model-server.ts";
import { stubUpstreamJson } from "../support/upstream.ts";

interface Completion {
  readonly choices: readonly { message: { content: string } }[];
  readonly usage: {
    prompt_tokens: number;
    completion_tokens: number;
    total_tokens: number;
    cost: number;
  };
}

const CACHED = {
  id: "cached",
  upstream: "local",
  upstreamModel: "large",
  inputPrice: 30,
  cachedInputPrice: 3,
  outputPrice: 150,
  contextLength: 10_000,
  maxOutputTokens: 1000,
};

describe("a chat that is not streamed", () => {
  it("names the model that was asked for, whatever its vendor calls it", async () => {
    standInModel();
    const who = await signUpFundedUser(20);
    const response = await sendChat(who, chatBody({ model: "exact", max_tokens: 5 }));
    expect(await response.json()).toMatchObject({ object: "chat.completion", model: "exact" });
  });

  it("costs the upstream's tokens at the model's prices, in body and headers alike", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const response = await sendChat(who);
    expect(response.status).toBe(200);
    const { usage } = await response.json<Completion>();
    const cost = usage.prompt_tokens * 30 + usage.completion_tokens * 150;
    expect(usage.cost).toBe(cost / 1e6);
    expect(response.headers.get("x-farebox-cost")).toBe(String(cost / 1e6));
    expect(response.headers.get("x-farebox-balance")).toBe(String((1e6 - cost) / 1e6));
    expect(response.headers.get("x-farebox-max-tokens")).toBeNull();
    expect(await readAccountTotals(who)).toMatchObject({
      postedMicrocredits: 1e6 - cost,
      heldMicrocredits: 0,
      charged: [cost],
    });
  });

  it("is charged at its bounds where a count has more digits than a double", async () => {
    const digits = "12345678901234567";
    fakeNetwork.standIn("model.test", () => {
      const usage = `{"prompt_tokens":${digits},"completion_tokens":${digits},"total_tokens":9}`;
      const choices = '[{"index":0,"message":{"role":"assistant","content":"Hi"}}]';
      return Promise.resolve(new Response(`{"choices":${choices},"usage":${usage}}`));
    });
    const who = await signUpFundedUser(20);
    const response = await sendChat(who, chatBody({ max_tokens: 5 }));
    expect(await response.json()).toMatchObject({ usage: { completion_tokens: 5 } });
    const { charged, heldMicrocredits } = await readAccountTotals(who);
    expect(charged[0]).toBeGreaterThan(5 * 150);
    expect(heldMicrocredits).toBe(0);
  });

  it("reaches the client as the vendor wrote it, field by field, with the cost added", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const fields = Object.keys(await (await sendChat(who)).json<Completion>());
    expect(fields.slice(0, 4)).toEqual(["id", "object", "created", "model"]);
    expect(model.calls).toHaveLength(1);
  });

  it("passes all fields upstream except the model's name, the cap and our own", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    await sendChat(
      who,
      chatBody({
        temperature: 0.25,
        user: "u-1",
        metadata: { deep: [1, { x: null }] },
        usage: { include: true },
      }),
    );
    const [call] = model.calls;
    const sent = JSON.parse(call?.rawBody ?? "null");
    const { max_tokens, ...rest } = chatBody();
    expect(sent).toEqual({
      ...rest,
      max_completion_tokens: max_tokens,
      model: "large",
      temperature: 0.25,
      user: "u-1",
      metadata: { deep: [1, { x: null }] },
    });
    expect(call?.headers.get("authorization")).toBe("Bearer upstream-key");
  });

  it("is capped by the lower of two caps, under the name that the vendor knows", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(100);
    const { max_tokens: _, ...bare } = chatBody();
    await sendChat(who, bare);
    await sendChat(who, { ...bare, max_completion_tokens: 7 });
    await sendChat(who, { ...bare, max_tokens: 6 });
    await sendChat(who, { ...bare, max_completion_tokens: 9, max_tokens: 5 });
    const sent = model.calls.map(({ rawBody }) => JSON.parse(rawBody));
    expect(
      sent.map(({ max_tokens, max_completion_tokens }) => [max_tokens, max_completion_tokens]),
    ).toEqual([
      [undefined, 16_000],
      [undefined, 7],
      [undefined, 6],
      [undefined, 5],
    ]);
  });

  it("is capped at what the balance affords, says so, and never goes below zero", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(20);
    model.next({ outputTokens: 1000 });
    const response = await sendChat(who, chatBody({ model: "exact", max_tokens: 500 }));
    expect(response.headers.get("x-farebox-max-tokens")).toBe("20");
    expect((await response.json<Completion>()).usage).toMatchObject({
      completion_tokens: 20,
      cost: 20,
    });
    expect(await readAccountTotals(who)).toMatchObject({ postedMicrocredits: 0, charged: [20e6] });
    expect((await sendChat(who, chatBody({ model: "exact", max_tokens: 1 }))).status).toBe(402);
    expect(model.calls).toHaveLength(1);
  });

  it("holds the cap for each of n choices", async () => {
    const model = standInModelServer();
    const who = await signUpFundedUser(30);
    await model.gate();
    const running = sendChat(who, chatBody({ model: "exact", max_tokens: 7, n: 4 }));
    await vi.waitFor(async () =>
      expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 28e6 }),
    );
    await model.open();
    const { usage } = await (await running).json<Completion>();
    expect(await readAccountTotals(who)).toMatchObject({
      heldMicrocredits: 0,
      charged: [usage.completion_tokens * 1e6],
    });
  });

  it("pays the cached part of a prompt at the cached price", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    model.next({
      usage: {
        prompt_tokens: 20,
        completion_tokens: 2,
        total_tokens: 22,
        prompt_tokens_details: { cached_tokens: 15 },
      },
    });
    await sendChat(who);
    // `large` has no cached price of its own: cached input costs as much as input.
    expect(await readAccountTotals(who)).toMatchObject({ charged: [20 * 30 + 2 * 150] });
    await loadCatalog(database(env.DB), { plans: [], models: [CACHED] }, Date.now());
    model.next({
      usage: {
        prompt_tokens: 20,
        completion_tokens: 2,
        total_tokens: 22,
        prompt_tokens_details: { cached_tokens: 15 },
      },
    });
    await sendChat(who, chatBody({ model: "cached" }));
    expect((await readAccountTotals(who)).charged[0]).toBe(5 * 30 + 15 * 3 + 2 * 150);
  });

  it.each<[string, object]>([
    ["nothing", {}],
    ["an error and no choices", { choices: [], error: { message: "boom" } }],
    ["an error alone", { error: { message: "boom" } }],
  ])("with %s in place of a reply is 502, and costs nothing", async (_what, reply) => {
    stubUpstreamJson(reply);
    const who = await signUpFundedUser(1);
    const response = await sendChat(who);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: "upstream_error" } });
    await vi.waitFor(async () =>
      expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [] }),
    );
  });

  it("shows a balance without the rounding errors of binary fractions", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(0.3);
    model.next({ usage: { prompt_tokens: 33, completion_tokens: 20 } });
    model.next({ usage: { prompt_tokens: 40, completion_tokens: 20 } });
    for (const spent of [33 * 30 + 20 * 150, 33 * 30 + 20 * 150 + 40 * 30 + 20 * 150]) {
      const response = await sendChat(who);
      expect(response.headers.get("x-farebox-balance")).toBe(String((300_000 - spent) / 1e6));
    }
  });

  it("serves exactly 5 of 200 at once on credits for 5, and refuses 195 by 402", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(5 * 8);
    model.next({ outputTokens: 8 }, 200);
    const responses = await Promise.all(
      Array.from({ length: 200 }, () => sendChat(who, chatBody({ model: "exact", max_tokens: 8 }))),
    );
    const statuses = responses.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(5);
    expect(statuses.filter((status) => status === 402)).toHaveLength(195);
    expect(model.calls).toHaveLength(5);
    expect(await readAccountTotals(who)).toMatchObject({
      postedMicrocredits: 0,
      heldMicrocredits: 0,
      charged: Array(5).fill(8e6),
    });
  });
});

it("a cap above the model's longest answer is lowered to it, and the reply says so", async () => {
  const model = standInModel();
  const who = await signUpFundedUser(1000);
  const response = await sendChat(who, chatBody({ max_tokens: 10_000_000 }));
  expect(response.status).toBe(200);
  const most = (await (await call("GET", "/v1/models/large")).json<{ max_output_tokens: number }>())
    .max_output_tokens;
  expect(JSON.parse(model.calls[0]?.rawBody ?? "")).toMatchObject({ max_completion_tokens: most });
  expect(response.headers.get("x-farebox-max-tokens")).toBe(String(most));
});

describe("a repeated Idempotency-Key", () => {
  const keyed = { "idempotency-key": "chat-1" };

  it("replays the first answer, byte for byte, and calls and charges once (I8)", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const first = await sendChat(who, chatBody(), keyed);
    const again = await sendChat(who, chatBody(), keyed);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.headers.get("x-farebox-cost")).toBe(first.headers.get("x-farebox-cost"));
    expect(await again.text()).toBe(await first.text());
    expect(model.calls).toHaveLength(1);
    expect((await readAccountTotals(who)).charged).toHaveLength(1);
  });

  it("replays a stream as it was sent", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const first = await (await sendChat(who, chatBody({ stream: true }), keyed)).text();
    const again = await sendChat(who, chatBody({ stream: true }), keyed);
    expect(again.headers.get("content-type")).toContain("text/event-stream");
    expect(await again.text()).toBe(first);
    expect(model.calls).toHaveLength(1);
  });

  it("is refused for another request, and while the first one runs", async () => {
    const model = standInModelServer();
    const who = await signUpFundedUser(1);
    await model.gate();
    const running = sendChat(who, chatBody(), keyed);
    await vi.waitFor(async () => expect(await model.calls()).toHaveLength(1));
    const second = await sendChat(who, chatBody(), keyed);
    expect(second.status).toBe(409);
    expect(await second.json()).toMatchObject({ error: { code: "idempotency_key_in_use" } });
    await model.open();
    await (await running).text();
    const other = await sendChat(who, chatBody({ temperature: 1 }), keyed);
    expect(other.status).toBe(400);
    expect(await other.json()).toMatchObject({ error: { code: "idempotency_key_reused" } });
    expect(await model.calls()).toHaveLength(1);
  });

  it("may be tried again after a failure that cost nothing", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    model.next({ status: 503 });
    expect((await sendChat(who, chatBody(), keyed)).status).toBe(502);
    expect((await sendChat(who, chatBody(), keyed)).status).toBe(200);
  });

  it("may be tried again after a stream that broke off without a text", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    model.next({ breakOff: { afterTokens: 0, how: "end" }, usage: null });
    await (await sendChat(who, chatBody({ stream: true }), keyed)).text();
    await vi.waitFor(async () =>
      expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0 }),
    );
    const again = await sendChat(who, chatBody({ stream: true }), keyed);
    expect(again.headers.get("idempotent-replayed")).toBeNull();
    expect(await again.text()).toContain("[DONE]");
    expect(model.calls).toHaveLength(2);
  });

  it("must be one to 255 visible characters", async () => {
    const who = await signUpFundedUser(1);
    for (const key of ["x".repeat(256), "a b"]) {
      const response = await sendChat(who, chatBody(), { "idempotency-key": key });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { param: "idempotency-key" } });
    }
  });
});
