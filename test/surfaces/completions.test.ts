import { describe, expect, it } from "vitest";
import { signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { expectCharged, post, readEvents } from "../support/surface.ts";
import { stubUpstreamJson, stubUpstreamStream, upstreamFrames } from "../support/upstream.ts";

type Json = Readonly<Record<string, unknown>>;

const PATH = "/v1/completions";
const ask = (more: Json = {}) => ({ model: "large", prompt: "Once upon", ...more });
const usage = {
  prompt_tokens: 10,
  completion_tokens: 4,
  total_tokens: 14,
  prompt_tokens_details: { cached_tokens: 6 },
};
const choice = (index: number, content: string, finish: string, more: Json = {}) => ({
  index,
  message: { role: "assistant", content },
  finish_reason: finish,
  ...more,
});
const HEAD = {
  id: expect.stringMatching(/^cmpl-[0-9a-f]{32}$/),
  object: "text_completion",
  model: "large",
};

describe("POST /v1/completions", () => {
  it("answers with the text of each choice, and charges exactly", async () => {
    stubUpstreamJson({
      choices: [choice(0, " a time", "stop"), choice(1, " a ride", "length")],
      usage,
    });
    const user = await signUpFundedUser(10);
    const response = await post(user, PATH, ask({ n: 2, max_tokens: 50 }));
    expect(await response.json()).toMatchObject({
      ...HEAD,
      choices: [
        { index: 0, text: " a time", finish_reason: "stop", logprobs: null },
        { index: 1, text: " a ride", finish_reason: "length", logprobs: null },
      ],
      usage: { ...usage, cost: 0.0009 },
    });
    await expectCharged(user, 900);
  });

  it("streams the text, the usage where it is asked for, and [DONE]", async () => {
    stubUpstreamStream(
      upstreamFrames.says(" a"),
      upstreamFrames.says(" time"),
      upstreamFrames.finishes("stop"),
      upstreamFrames.frame({ choices: [], usage }),
      upstreamFrames.done,
    );
    const user = await signUpFundedUser(10);
    const stream_options = { include_usage: true };
    const response = await post(user, PATH, ask({ stream: true, stream_options }));
    const events = await readEvents(response);
    const piece = (text: string, finish_reason: string | null = null) =>
      expect.objectContaining({
        ...HEAD,
        choices: [{ index: 0, text, logprobs: null, finish_reason }],
      });
    expect(events).toEqual([
      piece(" a"),
      piece(" time"),
      piece("", "stop"),
      expect.objectContaining({ ...HEAD, choices: [], usage: expect.objectContaining(usage) }),
      expect.objectContaining({ data: "[DONE]" }),
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
    await expectCharged(user, 900);
  });

  it("begins with the prompt where the client asks for its echo", async () => {
    const user = await signUpFundedUser(10);
    stubUpstreamJson({ choices: [choice(0, " a time", "stop")], usage });
    const whole = await post(user, PATH, ask({ echo: true }));
    expect(await whole.json()).toMatchObject({ choices: [{ text: "Once upon a time" }] });
    stubUpstreamStream(
      upstreamFrames.says(" a"),
      upstreamFrames.says(" time"),
      upstreamFrames.finishes("stop", { usage }),
      upstreamFrames.done,
    );
    const events = await readEvents(await post(user, PATH, ask({ echo: true, stream: true })));
    const texts = events.flatMap(({ choices }) => Object(choices)[0]?.text ?? []);
    expect(texts.join("")).toBe("Once upon a time");
    await expectCharged(user, 900, 900);
  });

  it("shows how likely its tokens are, in the legacy form", async () => {
    const likely = (token: string, logprob: number) => ({
      token,
      logprob,
      bytes: null,
      top_logprobs: [
        { token, logprob, bytes: null },
        { token: " the", logprob: -3, bytes: null },
      ],
    });
    const content = [likely(" a", -0.5), likely(" time", -0.25)];
    stubUpstreamJson({
      choices: [choice(0, " a time", "stop", { logprobs: { content } })],
      usage,
    });
    const user = await signUpFundedUser(10);
    const response = await post(user, PATH, ask({ logprobs: 2 }));
    expect(await response.json()).toMatchObject({
      choices: [
        {
          logprobs: {
            tokens: [" a", " time"],
            token_logprobs: [-0.5, -0.25],
            top_logprobs: [
              { " a": -0.5, " the": -3 },
              { " time": -0.25, " the": -3 },
            ],
            text_offset: [0, 2],
          },
        },
      ],
    });
  });

  it("asks the model as its user, with OpenAI's cap of 16 tokens where there is none", async () => {
    const model = standInModel();
    const user = await signUpFundedUser(10);
    const response = await post(user, PATH, ask({ prompt: ["Once"], suffix: "", best_of: 1 }));
    expect(await response.json()).toMatchObject({ choices: [{ finish_reason: "length" }] });
    expect(JSON.parse((await model.called()).rawBody)).toEqual({
      model: "large",
      messages: [{ role: "user", content: "Once" }],
      max_completion_tokens: 16,
    });
  });

  it("is replayed for the same Idempotency-Key, with the same id, and charged once", async () => {
    standInModel();
    const user = await signUpFundedUser(10);
    for (const stream of [false, true]) {
      const headers = { "idempotency-key": `key-${stream}` };
      const first = await post(user, PATH, ask({ stream }), headers);
      const text = await first.text();
      await expectCharged(user, ...Array<number>(stream ? 2 : 1).fill(expect.any(Number)));
      const again = await post(user, PATH, ask({ stream }), headers);
      expect(again.headers.get("idempotent-replayed")).toBe("true");
      expect(await again.text()).toBe(text);
    }
    await expectCharged(user, expect.any(Number), expect.any(Number));
  });

  it.each<[string, Json]>([
    ["model", { model: 7 }],
    ["prompt", { prompt: undefined }],
    ["prompt", { prompt: null }],
    ["prompt", { prompt: [1, 2, 3] }],
    ["prompt", { prompt: [[1, 2, 3]] }],
    ["prompt", { prompt: ["one", "two"] }],
    ["prompt", { prompt: [] }],
    ["prompt", { prompt: [{}] }],
    ["suffix", { suffix: "the end" }],
    ["best_of", { best_of: 3 }],
    ["best_of", { best_of: 0 }],
    ["logprobs", { logprobs: true }],
    ["logprobs", { logprobs: 2, echo: true }],
    ["max_tokens", { max_tokens: 0 }],
    ["max_tokens", { max_tokens: "16" }],
    ["n", { n: 129 }],
    ["stream", { stream: "yes" }],
    ["stream_options", { stream_options: 1 }],
    ["messages", { messages: [{ role: "user", content: "Hi" }] }],
    ["tools", { tools: [], max_tokens: 5 }],
    ["surprise", { surprise: 1 }],
    ["service_tier", { service_tier: "priority" }],
  ])("refuses a wrong or unknown %s: %j", async (param, more) => {
    const model = standInModel();
    const user = await signUpFundedUser(10);
    const response = await post(user, PATH, ask(more));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: "invalid_request", param } });
    expect(model.calls).toHaveLength(0);
    await expectCharged(user);
  });
});
