import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { soundOf } from "../../dev/model/samples.ts";
import worker from "../../src/index.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { type FundedUser, readAccountTotals, signUpFundedUser } from "../support/funded-user.ts";
import { sellModel, upstreamSettings } from "../support/upstreams.ts";

beforeEach(() => {
  for (const level of ["log", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined);
});

type Answer = () => Response;

/**
 * Stands in for upstreams until the test ends.
 * @returns who was asked, and for which model, oldest first
 */
function standIn(answers: Readonly<Record<string, Answer>>): string[][] {
  const asked: string[][] = [];
  for (const [upstream, answer] of Object.entries(answers))
    fakeNetwork.standIn(`${upstream}.test`, async (request) => {
      const isForm = request.headers.get("content-type")?.includes("multipart") === true;
      const model = isForm
        ? (await request.formData()).get("model")
        : (await request.json<{ model: string }>()).model;
      asked.push([upstream, typeof model === "string" ? model : ""]);
      return answer();
    });
  return asked;
}

const free = { inputPrice: 0, outputPrice: 0 };
const MICROCREDITS = 1_000_000;

interface Endpoint {
  readonly path: string;
  readonly model: object;
  readonly fields: Readonly<Record<string, unknown>>;
  /** A good answer. */
  readonly answer: Answer;
  /** What it is charged, in microcredits. */
  readonly charged: readonly number[];
}

const ENDPOINTS: readonly Endpoint[] = [
  {
    path: "/v1/embeddings",
    model: { ...free, kind: "embedding", inputPrice: 30 },
    fields: { input: "one two three" },
    answer: () => Response.json({ data: [{ embedding: [1] }], usage: { prompt_tokens: 3 } }),
    charged: [3 * 30],
  },
  {
    path: "/v1/images/generations",
    model: { ...free, kind: "image", imagePrices: { "low/1024x1024": 2 } },
    fields: { prompt: "a tram", n: 2 },
    answer: () => Response.json({ data: [{ b64_json: "AA" }, { b64_json: "AA" }] }),
    charged: [4 * MICROCREDITS],
  },
  {
    path: "/v1/audio/speech",
    model: { ...free, kind: "speech", characterPrice: MICROCREDITS },
    fields: { input: "hello", voice: "alloy" },
    answer: () => new Response("sound", { headers: { "content-type": "audio/mpeg" } }),
    charged: [5 * MICROCREDITS],
  },
  {
    path: "/v1/audio/transcriptions",
    model: { ...free, kind: "transcription", secondPrice: MICROCREDITS },
    fields: {},
    answer: () => Response.json({ text: "Hello", usage: { type: "duration", seconds: 2 } }),
    charged: [2 * MICROCREDITS],
  },
  {
    path: "/v1/moderations",
    model: { ...free, kind: "moderation" },
    fields: { input: "hello" },
    answer: () => Response.json({ id: "m", results: [{ flagged: false }] }),
    charged: [],
  },
];

function bodyOf({ path, fields }: Endpoint, model: string): string | FormData {
  if (path !== "/v1/audio/transcriptions") return JSON.stringify({ ...fields, model });
  const form = new FormData();
  form.append("file", new File([soundOf(2)], "ride.wav"));
  form.append("model", model);
  return form;
}

/** Sends a request, and waits until all that follows it is done. */
async function send(
  { key }: Pick<FundedUser, "key">,
  path: string,
  body: string | FormData,
  settings: Record<string, unknown> = {},
) {
  const ctx = createExecutionContext();
  const type = typeof body === "string" ? { "content-type": "application/json" } : {};
  const headers = { authorization: `Bearer ${key}`, ...type };
  const request = new Request(`http://farebox.test${path}`, { method: "POST", headers, body });
  const bindings = { ...env, SHOW_VENDOR: "true", ...upstreamSettings(), ...settings };
  const response = await worker.fetch(request, bindings, ctx);
  const text = await response.text();
  await waitOnExecutionContext(ctx);
  return { status: response.status, headers: response.headers, text };
}

const fails =
  (status: number, message = "No."): Answer =>
  () =>
    Response.json({ error: { message } }, { status });
const FAILURES: readonly (readonly [name: string, answer: Answer])[] = [
  [
    "a refused connection",
    () => {
      throw new TypeError("Connection refused.");
    },
  ],
  ["401", fails(401)],
  ["404 of the model", fails(404, "The model does not exist.")],
  ["429", fails(429)],
  ["503", fails(503)],
  ["an empty reply", () => new Response("")],
  ["a page", () => new Response("<!doctype html>", { headers: { "content-type": "text/html" } })],
  ["an error of status 200", () => Response.json({ error: { message: "Down", code: 502 } })],
];

describe.each(ENDPOINTS)("$path", (endpoint) => {
  const { path, model: fields, answer, charged } = endpoint;
  const sell = (names: readonly ("a" | "b" | "c")[] = ["a", "b"]) =>
    sellModel(
      names.map((upstream) => ({ upstream })),
      fields,
    );

  it.each(FAILURES)("asks the next upstream after %s, and charges once", async (_name, failure) => {
    const model = await sell();
    const asked = standIn({ a: failure, b: answer });
    const user = await signUpFundedUser(100);
    const reply = await send(user, path, bodyOf(endpoint, model));
    expect([reply.status, reply.headers.get("x-farebox-upstream")]).toEqual([200, "b"]);
    expect(asked).toEqual([
      ["a", `${model}-at-a`],
      ["b", `${model}-at-b`],
    ]);
    expect(await readAccountTotals(user)).toMatchObject({ heldMicrocredits: 0 });
    const { charged: all } = await readAccountTotals(user);
    expect(all.filter((each) => each > 0)).toEqual(charged);
  });

  it("asks nobody else where the request itself is to blame", async () => {
    const model = await sell();
    const asked = standIn({ a: fails(400, "input is odd"), b: answer });
    const user = await signUpFundedUser(100);
    const reply = await send(user, path, bodyOf(endpoint, model));
    expect([reply.status, JSON.parse(reply.text).error.message]).toEqual([400, "input is odd"]);
    expect(asked).toHaveLength(1);
    expect(await readAccountTotals(user)).toMatchObject({ heldMicrocredits: 0, charged: [] });
  });

  it("answers about the last upstream where all fail, and charges nothing", async () => {
    const model = await sell(["a", "b", "c"]);
    const asked = standIn({ a: fails(500), b: fails(503), c: fails(429) });
    const user = await signUpFundedUser(100);
    const reply = await send(user, path, bodyOf(endpoint, model));
    expect([reply.status, JSON.parse(reply.text).error.code]).toEqual([429, "rate_limit_exceeded"]);
    expect(asked).toHaveLength(3);
    expect(await readAccountTotals(user)).toMatchObject({ heldMicrocredits: 0, charged: [] });
  });

  it("passes over an upstream that is not set up, and is a 503 where none is", async () => {
    const model = await sell();
    standIn({ b: answer });
    const user = await signUpFundedUser(100);
    const body = () => bodyOf(endpoint, model);
    const served = await send(user, path, body(), { KEY_OF_a: "" });
    expect([served.status, served.headers.get("x-farebox-upstream")]).toEqual([200, "b"]);
    const unset = await send(user, path, body(), { KEY_OF_a: "", KEY_OF_b: "" });
    expect(unset.status).toBe(503);
  });

  it("names no upstream where customers do not see them", async () => {
    const model = await sell();
    standIn({ a: fails(503), b: answer });
    const user = await signUpFundedUser(100);
    const hidden = { SHOW_VENDOR: "false" };
    const reply = await send(user, path, bodyOf(endpoint, model), hidden);
    expect([reply.status, reply.headers.get("x-farebox-upstream")]).toEqual([200, null]);
  });

  it("asks only upstreams that take all fields of the request", async () => {
    if (path === "/v1/audio/transcriptions") return;
    const model = await sell();
    const asked = standIn({ a: answer, b: answer });
    const user = await signUpFundedUser(100);
    const body = JSON.stringify({ ...endpoint.fields, model, wings: 2 });
    const takesWings = upstreamSettings({ b: { passFields: ["wings"] } });
    expect((await send(user, path, body, takesWings)).status).toBe(200);
    expect(asked).toEqual([["b", `${model}-at-b`]]);
    const refused = await send(user, path, body);
    expect([refused.status, JSON.parse(refused.text).error.param]).toEqual([400, "wings"]);
    expect(asked).toHaveLength(1);
  });
});

it("speech that breaks off after its first byte is not asked for again", async () => {
  const fields = { ...free, kind: "speech", characterPrice: MICROCREDITS };
  const model = await sellModel([{ upstream: "a" }, { upstream: "b" }], fields);
  const sound = new Uint8Array(1000);
  const breaksOff = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(sound),
        pull: (controller) => controller.error(new Error("Gone.")),
      }),
      { headers: { "content-type": "audio/mpeg" } },
    );
  const asked = standIn({ a: breaksOff, b: () => new Response("sound") });
  const user = await signUpFundedUser(100);
  const body = JSON.stringify({ model, input: "hello", voice: "alloy" });
  await send(user, "/v1/audio/speech", body).catch(() => undefined);
  expect(asked).toEqual([["a", `${model}-at-a`]]);
});
