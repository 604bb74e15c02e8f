import { createExecutionContext, env, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Behaviour } from "../../dev/model/behaviour.ts";
import { app } from "../../src/app.ts";
import { readAccountTotals, signUpFundedUser } from "../support/funded-user.ts";
import { standInModelServer } from "../support/model-server.ts";
import { expectCharged, post, readEvents, type StreamEvent } from "../support/surface.ts";

/** A surface in OpenAI's shape, as it is asked for text, and how its streams end. */
interface Surface {
  readonly path: string;
  readonly body: object;
  readonly endsWhole: (last: StreamEvent | undefined) => boolean;
  readonly endsInError: (last: StreamEvent | undefined) => boolean;
}

const PROMPT = "Please respond with exactly 20 tokens.";
/** The prompt has 9 tokens at 30 microcredits, and each token of the reply costs 150. */
const PROMPT_COST = 270;
const WHOLE_COST = PROMPT_COST + 20 * 150;

const SURFACES: readonly Surface[] = [
  {
    path: "/v1/responses",
    body: { model: "large", input: PROMPT, max_output_tokens: 100 },
    endsWhole: (last) => last?.["type"] === "response.completed",
    endsInError: (last) =>
      last?.["type"] === "response.failed" &&
      Object(last["response"]).error?.code === "server_error" &&
      Object(last["response"]).status === "failed",
  },
  {
    path: "/v1/completions",
    body: { model: "large", prompt: PROMPT, max_tokens: 100 },
    endsWhole: (last) => last?.["data"] === "[DONE]",
    endsInError: (last) => Object(last?.["error"]).code === "upstream_error",
  },
];

describe.each(SURFACES)("$path", ({ path, body, endsWhole, endsInError }) => {
  const ask = async (behaviour: Behaviour, stream: boolean) => {
    const model = standInModelServer();
    await model.next(behaviour);
    const user = await signUpFundedUser(10);
    const response = await post(user, path, { ...body, stream });
    return { model, user, response };
  };

  it.each<[string, Behaviour, number, string]>([
    ["refuses", { status: 500 }, 502, "upstream_error"],
    ["has too many requests", { status: 429 }, 429, "rate_limit_exceeded"],
    ["drops the connection", { instead: "drop" }, 502, "upstream_error"],
  ])(
    "is an error that costs nothing where the vendor %s",
    async (_name, behaviour, status, code) => {
      for (const stream of [false, true]) {
        const { user, response, model } = await ask(behaviour, stream);
        expect(response.status).toBe(status);
        expect(await response.json()).toMatchObject({ error: { code } });
        await expectCharged(user);
        expect(await model.calls()).toHaveLength(1);
      }
    },
  );

  it.each<[string, Behaviour]>([
    ["half a JSON text", { instead: "garbage" }],
    ["a page", { instead: "html" }],
    ["nothing", { instead: "empty" }],
    ["half of its reply", { breakOff: { afterTokens: 3, how: "die" } }],
  ])(
    "is an error that costs nothing where %s comes for a whole reply",
    async (_name, behaviour) => {
      const { user, response } = await ask(behaviour, false);
      expect(response.status).toBe(502);
      expect(await response.json()).toMatchObject({ error: { code: "upstream_error" } });
      await expectCharged(user);
    },
  );

  it.each(["die", "end", "error"] as const)(
    "ends in an error, and costs what came, where a stream breaks off: %s",
    async (how) => {
      const { user, response } = await ask({ breakOff: { afterTokens: 3, how } }, true);
      expect(response.status).toBe(200);
      const events = await readEvents(response);
      expect(events.filter((each) => endsInError(each))).toHaveLength(1);
      expect(events.at(-1)).toSatisfy(endsInError);
      expect(JSON.stringify(events)).toContain("The");
      const { charged } = await expectOneCharge(user);
      expect(charged).toBeGreaterThan(PROMPT_COST);
      expect(charged).toBeLessThan(WHOLE_COST * 2);
    },
  );

  it("is whole, and charged exactly, where a frame in its middle is not JSON", async () => {
    const { user, response } = await ask({ breakOff: { afterTokens: 3, how: "garbage" } }, true);
    expect((await readEvents(response)).at(-1)).toSatisfy(endsWhole);
    await expectCharged(user, WHOLE_COST);
  });

  it.each<[string, Behaviour]>([
    ["bytes", { pieceBytes: [1] }],
    ["odd pieces", { pieceBytes: [3, 7, 1], lineEnd: "\r\n" }],
    ["comments", { comments: true }],
    ["counts in every chunk", { usageIn: "every-chunk" }],
    ["no [DONE]", { done: false }],
  ])("is whole, and charged exactly, where a stream comes with %s", async (_name, behaviour) => {
    const { user, response } = await ask(behaviour, true);
    expect((await readEvents(response)).at(-1)).toSatisfy(endsWhole);
    await expectCharged(user, WHOLE_COST);
  });

  it.each<[string, Behaviour]>([
    ["no usage", { usage: null }],
    ["a usage of zeros", { usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }],
    ["an absurd usage", { usage: { prompt_tokens: 1e12, completion_tokens: 1e12 } }],
    ["a usage in words", { usage: { prompt_tokens: "many", completion_tokens: -5 } }],
  ])("is charged by an estimate within its hold where a reply has %s", async (_name, behaviour) => {
    for (const stream of [false, true]) {
      const { user, response } = await ask(behaviour, stream);
      if (stream) expect((await readEvents(response)).at(-1)).toSatisfy(endsWhole);
      else expect(response.status).toBe(200);
      await response.text().catch(() => undefined);
      const { charged, entry } = await expectOneCharge(user);
      expect(entry).toMatchObject({ estimated: true });
      expect(charged).toBeGreaterThan(PROMPT_COST);
      // 100 tokens at most, and the prompt by its bytes.
      expect(charged).toBeLessThan(100 * 150 + 400 * 30 + 1);
    }
  });

  it("is an error, and costs what came, where the vendor says no more", async () => {
    const model = standInModelServer();
    await model.next({ breakOff: { afterTokens: 3, how: "stall" } });
    const user = await signUpFundedUser(10);
    const context = createExecutionContext();
    const request = new Request(`http://farebox.test${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${user.key}`, "content-type": "application/json" },
      body: JSON.stringify({ ...body, stream: true }),
    });
    const impatient = { ...env, UPSTREAM_TIMEOUT_SECONDS: "1" };
    const response = await app.fetch(request, impatient, context);
    expect((await readEvents(response)).at(-1)).toSatisfy(endsInError);
    await waitOnExecutionContext(context);
    expect((await expectOneCharge(user)).charged).toBeGreaterThan(PROMPT_COST);
  });

  it("is charged once, as the vendor counts, where its client leaves", async () => {
    const model = standInModelServer();
    await model.gate();
    const user = await signUpFundedUser(10);
    const response = await post(user, path, { ...body, stream: true });
    await model.open(4);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await model.open();
    await expectCharged(user, WHOLE_COST);
  });
});

/** Waits until nothing is held, and expects one charge. */
async function expectOneCharge(user: Awaited<ReturnType<typeof signUpFundedUser>>) {
  await expectCharged(user, expect.any(Number));
  const { charged, captures } = await readAccountTotals(user);
  return { charged: charged[0] ?? 0, entry: captures[0]?.entry };
}
