import { beforeEach, describe, expect, it, vi } from "vitest";
import { readAccountTotals } from "../support/funded-user.ts";
import {
  type Answer,
  chatWith,
  replies,
  sellModel,
  signUpUser,
  standInUpstreams,
  streams,
} from "../support/upstreams.ts";

beforeEach(() => {
  for (const level of ["log", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined);
});

const fails: Answer = () => Response.json({ error: { message: "No." } }, { status: 503 });
const FORMS = [
  ["JSON", false],
  ["a stream", true],
] as const;

it("a model answers to its aliases, and is charged as itself", async () => {
  const alias = `alias-${crypto.randomUUID()}`;
  const id = await sellModel([{ upstream: "a" }], { aliases: [alias] });
  const calls = standInUpstreams({ a: replies("Hello") });
  const who = await signUpUser();
  const reply = await chatWith(who, { model: alias });
  expect([reply.status, JSON.parse(reply.text).model]).toEqual([200, alias]);
  expect(calls[0]?.body["model"]).toBe(`${id}-at-a`);
  const { captures } = await readAccountTotals(who);
  expect(captures).toMatchObject([{ entry: { model: id } }]);
});

describe("a list of models", () => {
  it.each(FORMS)("is asked in its order; %s costs what its own model does", async (_, stream) => {
    const dear = await sellModel([{ upstream: "a" }], { inputPrice: 3000, outputPrice: 15_000 });
    const cheap = await sellModel([{ upstream: "b" }], { inputPrice: 3, outputPrice: 15 });
    const calls = standInUpstreams({ a: fails, b: replies("Served by b", { model: "vendor-b" }) });
    const who = await signUpUser();
    const reply = await chatWith(who, { model: dear, models: [dear, cheap], stream });
    expect(reply.status).toBe(200);
    expect(reply.text).toContain("Served by b");
    expect(reply.text).toContain(`"model":"${cheap}"`);
    expect(calls.map(({ upstream }) => upstream).join("")).toBe("ab");
    for (const { body } of calls) expect(body).not.toHaveProperty("models");
    expect(await readAccountTotals(who)).toMatchObject({
      heldMicrocredits: 0,
      charged: [10 * 3 + 10 * 15],
    });
  });

  it("is asked on where a stream fails before its first word", async () => {
    const first = await sellModel([{ upstream: "a" }]);
    const second = await sellModel([{ upstream: "b" }]);
    standInUpstreams({
      a: streams('data: {"error":{"message":"down","code":502}}\n\n'),
      b: replies("Served by b"),
    });
    const who = await signUpUser();
    const reply = await chatWith(who, { model: first, models: [second], stream: true });
    expect(reply.text).toContain("Served by b");
    expect((await readAccountTotals(who)).charged).toHaveLength(1);
  });

  it.each(FORMS)("costs nothing where no model is served: %s", async (_, stream) => {
    const models = [await sellModel([{ upstream: "a" }]), await sellModel([{ upstream: "b" }])];
    standInUpstreams({ a: fails, b: fails });
    const who = await signUpUser();
    const reply = await chatWith(who, { model: models[0], models, stream });
    expect(reply.status).toBe(502);
    expect(await readAccountTotals(who)).toMatchObject({ heldMicrocredits: 0, charged: [] });
  });

  it("counts as one message, and is answered once for its key", async () => {
    const models = [await sellModel([{ upstream: "a" }]), await sellModel([{ upstream: "b" }])];
    const calls = standInUpstreams({ a: fails, b: replies("Served by b") });
    const who = await signUpUser();
    const headers = { "idempotency-key": crypto.randomUUID() };
    const first = await chatWith(who, { model: models[0], models }, { headers });
    const again = await chatWith(who, { model: models[0], models }, { headers });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.text).toBe(first.text);
    expect(calls).toHaveLength(2);
    const limit = Number(first.headers.get("x-ratelimit-limit-requests"));
    expect(Number(first.headers.get("x-ratelimit-remaining-requests"))).toBe(limit - 1);
    expect((await readAccountTotals(who)).charged).toHaveLength(1);
  });

  it("sends pictures to the second model as to the first", async () => {
    const models = [await sellModel([{ upstream: "a" }]), await sellModel([{ upstream: "b" }])];
    const calls = standInUpstreams({ a: fails, b: replies("Served by b") });
    const url = `data:image/png;base64,${"iVBORw0KGgo".repeat(4000)}`;
    const messages = [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }];
    const reply = await chatWith(await signUpUser(), { model: models[0], models, messages });
    expect(reply.status).toBe(200);
    expect(calls.map(({ body }) => body["messages"])).toEqual([messages, messages]);
  });

  it("of models that are not sold is refused, and nobody is asked", async () => {
    const model = await sellModel([{ upstream: "a" }]);
    const calls = standInUpstreams({ a: replies("Hello") });
    const reply = await chatWith(await signUpUser(), { model, models: ["nobody/sells-it"] });
    expect([reply.status, JSON.parse(reply.text).error.param]).toEqual([404, "models"]);
    expect(calls).toHaveLength(0);
  });

  it("goes no further where the request is to blame, or credits are missing", async () => {
    const dear = await sellModel([{ upstream: "a" }], {
      inputPrice: 90_000,
      outputPrice: 90_000,
    });
    const cheap = await sellModel([{ upstream: "b" }]);
    const calls = standInUpstreams({ b: replies("Served by b") });
    const who = await signUpUser();
    expect((await chatWith(who, { model: dear, models: [cheap] })).status).toBe(402);
    expect(calls).toHaveLength(0);
  });
});
