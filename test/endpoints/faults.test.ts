import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { soundOf } from "../../dev/model/samples.ts";
import worker from "../../src/index.ts";
import { call, readError } from "../support/call.ts";
import { fetchFromWorker, signUpWithEndpoints } from "../support/endpoints.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import type { FundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { expectCharges } from "./charges.ts";

const soundForm = (more: Record<string, string> = {}, seconds = 2) => {
  const form = new FormData();
  form.append("file", new File([soundOf(seconds)], "ride.wav"));
  for (const [name, value] of Object.entries({ model: "listen", ...more }))
    form.append(name, value);
  return form;
};

const BODIES = {
  "/v1/embeddings": { model: "embed", input: "one two three" },
  "/v1/images/generations": { model: "paint", prompt: "a tram", n: 2 },
  "/v1/audio/speech": { model: "speak", input: "hello", voice: "alloy" },
  "/v1/audio/transcriptions": null,
  "/v1/moderations": { input: "hello" },
} as const;
const PATHS = [
  "/v1/embeddings",
  "/v1/images/generations",
  "/v1/audio/speech",
  "/v1/audio/transcriptions",
  "/v1/moderations",
] as const satisfies readonly (keyof typeof BODIES)[];

const send = (
  { key }: Pick<FundedUser, "key">,
  path: keyof typeof BODIES,
  body: unknown = BODIES[path],
): Promise<Response> =>
  body === null || body instanceof FormData
    ? fetchFromWorker(`http://farebox.test${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}` },
        body: body ?? soundForm(),
      })
    : call("POST", path, { token: key, body });

describe.each(PATHS)("%s", (path) => {
  it("costs nothing where the vendor refuses, fails, breaks off or sends nonsense", async () => {
    const model = standInModel();
    const user = await signUpWithEndpoints(100);
    for (const [behaviour, status] of [
      [{ status: 400 }, 400],
      [{ status: 401 }, 502],
      [{ status: 429 }, 429],
      [{ status: 500 }, 502],
      [{ instead: "drop" }, 502],
      [{ instead: "garbage" }, 502],
      [{ instead: "html" }, 502],
      [{ instead: "empty" }, 502],
    ] as const) {
      model.next(behaviour);
      const response = await send(user, path);
      expect([behaviour, response.status]).toEqual([behaviour, status]);
      expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
    }
    await expectCharges(user, 100, []);
  });

  it("is refused without credit, key or model before the vendor is asked", async () => {
    const model = standInModel();
    const poor = await signUpWithEndpoints(0);
    if (path !== "/v1/moderations")
      expect(await readError(await send(poor, path))).toMatchObject({
        status: 402,
        code: "insufficient_quota",
      });
    const bad = { key: `${poor.key.slice(0, -4)}aaaa` };
    expect((await send(bad, path)).status).toBe(401);
    const body = BODIES[path];
    const unknown = body === null ? soundForm({ model: "nobody" }) : { ...body, model: "nobody" };
    expect(await readError(await send(poor, path, unknown))).toEqual({
      status: 404,
      code: "model_not_found",
      param: "model",
    });
    const chat = body === null ? soundForm({ model: "large" }) : { ...body, model: "large" };
    const refused = await send(poor, path, chat);
    const text = await refused.clone().text();
    expect(await readError(refused)).toMatchObject({ status: 400, param: "model" });
    expect(text).toContain("/v1/chat/completions");
    expect(model.calls).toHaveLength(0);
  });

  it("refuses fields that nobody knows, and names that look like known ones", async () => {
    standInModel();
    const user = await signUpWithEndpoints(100);
    const body = BODIES[path];
    for (const name of ["surcharge", "MODEL", "stream_nothing"]) {
      const more = { [name]: "x" };
      const response = await send(
        user,
        path,
        body === null ? soundForm(more) : { ...body, ...more },
      );
      expect(await readError(response)).toEqual({
        status: 400,
        code: "invalid_request",
        param: name,
      });
    }
    await expectCharges(user, 100, []);
  });

  it("takes two calls of the account and no query, once its model is known", async () => {
    standInModel();
    const user = await signUpWithEndpoints(100);
    const calls: string[] = [];
    const counting = <T extends object>(target: T, name: string): T =>
      new Proxy(target, {
        get(inner, property) {
          const value: unknown = Reflect.get(inner, property, inner);
          if (typeof value !== "function" || typeof property !== "string") return value;
          return (...args: unknown[]) => {
            calls.push(`${name}.${property}`);
            const reply: unknown = Reflect.apply(value, inner, args);
            return property === "get" && typeof reply === "object" && reply !== null
              ? counting(reply, "rpc")
              : reply;
          };
        },
      });
    const counted = {
      ...env,
      DB: counting(env.DB, "d1"),
      CREDIT_ACCOUNT: counting(env.CREDIT_ACCOUNT, "objects"),
    };
    const once = async () => {
      const ctx = createExecutionContext();
      const body = BODIES[path];
      const init =
        body === null
          ? { body: soundForm(), headers: { authorization: `Bearer ${user.key}` } }
          : {
              body: JSON.stringify(body),
              headers: { authorization: `Bearer ${user.key}`, "content-type": "application/json" },
            };
      const request = new Request(`http://farebox.test${path}`, { method: "POST", ...init });
      const response = await worker.fetch(request, counted, ctx);
      expect(response.status).toBe(200);
      await response.arrayBuffer();
      await waitOnExecutionContext(ctx);
    };
    await once();
    calls.length = 0;
    await once();
    expect(calls.filter((each) => !each.startsWith("objects."))).toEqual([
      "rpc.authorize",
      "rpc.settle",
    ]);
  });
});

describe("what is charged", () => {
  it("is once for an Idempotency-Key, also where a form has another boundary", async () => {
    const model = standInModel();
    const user = await signUpWithEndpoints(100);
    for (const [path, cost] of [
      ["/v1/embeddings", 3],
      ["/v1/audio/transcriptions", 2],
    ] as const) {
      const replies = [];
      for (let times = 0; times < 2; times++) {
        const body = BODIES[path];
        const init =
          body === null
            ? { body: soundForm(), headers: {} }
            : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
        const response = await fetchFromWorker(`http://farebox.test${path}`, {
          method: "POST",
          body: init.body,
          headers: {
            ...init.headers,
            authorization: `Bearer ${user.key}`,
            "idempotency-key": `once-${cost}`,
          },
        });
        replies.push([response.headers.get("idempotent-replayed"), await response.text()]);
      }
      expect(replies[1]).toEqual(["true", replies[0]?.[1]]);
    }
    expect(model.calls).toHaveLength(2);
    await expectCharges(user, 100, [3, 2]);
  });

  it("is an estimate where embeddings are not counted, and no more than held", async () => {
    const model = standInModel();
    const user = await signUpWithEndpoints(1000);
    model.next({ usage: null });
    await (await send(user, "/v1/embeddings")).text();
    model.next({ usage: { prompt_tokens: 1e12, total_tokens: 1e12 } });
    const response = await send(user, "/v1/embeddings");
    expect(response.headers.get("x-farebox-cost")).toBe("29");
    await response.text();
    await expectCharges(user, 1000, [3, 29]);
  });

  it("is all that a file can last where the vendor tells no length", async () => {
    const model = standInModel();
    const user = await signUpWithEndpoints(1000);
    model.next({ usage: null });
    await (await send(user, "/v1/audio/transcriptions")).text();
    await (
      await send(user, "/v1/audio/transcriptions", soundForm({ response_format: "srt" }))
    ).text();
    // 1500 bytes that are no WAV file are at most two seconds.
    const form = new FormData();
    form.append("file", new File([new Uint8Array(1500)], "ride.mp3"));
    form.append("model", "listen");
    model.next({ usage: { type: "duration", seconds: 60 } });
    await (await send(user, "/v1/audio/transcriptions", form)).text();
    await expectCharges(user, 1000, [3, 3, 2]);
  });

  it("is each picture of a reply too long to be read, which passes byte for byte", async () => {
    const user = await signUpWithEndpoints(100);
    const picture = { b64_json: "A".repeat(5_000_000), revised_prompt: '"b64_json": "x", a tram' };
    const usage = { input_tokens: 2, output_tokens: 500, total_tokens: 502 };
    const text = JSON.stringify({ created: 1, data: [picture, picture], usage });
    fakeNetwork.standIn(
      "model.test",
      () => new Response(text, { headers: { "content-type": "application/json" } }),
    );
    const body = { ...BODIES["/v1/images/generations"], n: 3, quality: "high" };
    const response = await send(user, "/v1/images/generations", body);
    expect((await response.text()) === text).toBe(true);
    await expectCharges(user, 100, [8]);
  });

  it("is a whole speech that broke off after it had begun", async () => {
    const model = standInModel();
    const user = await signUpWithEndpoints(100);
    model.next({ breakOff: { afterTokens: 3, how: "die" } });
    const response = await send(user, "/v1/audio/speech");
    await response.arrayBuffer().catch(() => undefined);
    await expectCharges(user, 100, [5]);
  });
});

describe("bad input", () => {
  it("is refused by the name of the field, and costs nothing", async () => {
    const model = standInModel();
    const user = await signUpWithEndpoints(100);
    const long = Array.from({ length: 2049 }, () => "a");
    for (const [path, more, param] of [
      ["/v1/embeddings", { input: "" }, "input"],
      ["/v1/embeddings", { input: [] }, "input"],
      ["/v1/embeddings", { input: [""] }, "input"],
      ["/v1/embeddings", { input: ["a", 1] }, "input"],
      ["/v1/embeddings", { input: [[1], "a"] }, "input"],
      ["/v1/embeddings", { input: [-1] }, "input"],
      ["/v1/embeddings", { input: long }, "input"],
      ["/v1/embeddings", { input: { text: "a" } }, "input"],
      ["/v1/embeddings", { encoding_format: "hex" }, "encoding_format"],
      ["/v1/embeddings", { dimensions: 0 }, "dimensions"],
      ["/v1/images/generations", { prompt: "" }, "prompt"],
      ["/v1/images/generations", { n: 11 }, "n"],
      ["/v1/images/generations", { n: 1.5 }, "n"],
      ["/v1/images/generations", { size: "9x9" }, "size"],
      ["/v1/images/generations", { quality: "ultra" }, "quality"],
      ["/v1/images/generations", { quality: "low", size: "1536x1024" }, "size"],
      ["/v1/images/generations", { stream: true }, "stream"],
      ["/v1/audio/speech", { input: "" }, "input"],
      ["/v1/audio/speech", { voice: undefined }, "voice"],
      ["/v1/audio/speech", { speed: 9 }, "speed"],
      ["/v1/moderations", { input: 1 }, "input"],
    ] as const) {
      const response = await send(user, path, { ...BODIES[path], ...more });
      expect([more, await readError(response)]).toEqual([
        more,
        // Of a list also the place in it.
        {
          status: 400,
          code: "invalid_request",
          param: expect.stringMatching(new RegExp(`^${param}(\\.\\d+)?$`)),
        },
      ]);
    }
    const noFile = new FormData();
    noFile.append("model", "listen");
    for (const [form, param] of [
      [noFile, "file"],
      [soundForm({ file: "text" }), "file"],
      [soundForm({ response_format: "docx" }), "response_format"],
    ] as const)
      expect(await readError(await send(user, "/v1/audio/transcriptions", form))).toMatchObject({
        status: 400,
        param,
      });
    for (const path of ["/v1/embeddings", "/v1/moderations"] as const)
      for (const body of ["{", "[]", "null", '"text"'])
        expect((await send(user, path, body)).status).toBe(400);
    const asJson = await call("POST", "/v1/audio/transcriptions", { token: user.key, body: {} });
    expect(asJson.status).toBe(415);
    expect(model.calls).toHaveLength(0);
    await expectCharges(user, 100, []);
  });

  it("a form of a browser's cookie is no request of its own", async () => {
    const response = await fetchFromWorker("http://farebox.test/v1/audio/transcriptions", {
      method: "POST",
      body: soundForm(),
      headers: { cookie: "session=x" },
    });
    expect(response.status).toBe(415);
  });
});
