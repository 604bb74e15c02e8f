import { beforeEach, describe, expect, it, vi } from "vitest";
import { largeIn, signUpForDialects } from "../support/dialects.ts";
import { standInModel } from "../support/model.ts";
import { expectCharged, post, readEvents } from "../support/surface.ts";
import { stubUpstreamJson } from "../support/upstream.ts";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

const PROMPT = "Please respond with exactly 20 tokens.";
const COST = 9 * 30 + 20 * 150;

describe("/v1/messages at an upstream that speaks it", () => {
  const body = {
    model: largeIn("messages"),
    max_tokens: 3000,
    messages: [
      { role: "user", content: [{ type: "text", text: PROMPT, citations: [] }] },
      { role: "assistant", content: "The" },
    ],
    output_config: { effort: "max" },
    thinking: { type: "adaptive", display: "omitted" },
    tools: [{ name: "a", input_schema: { type: "object" }, eager_input_streaming: true }],
    tool_choice: { type: "auto", disable_parallel_tool_use: true },
  };

  it("sends what the client sent, but for the model's name and the cap", async () => {
    const model = standInModel();
    const user = await signUpForDialects();
    expect((await post(user, "/v1/messages", body)).status).toBe(200);
    const { rawBody } = await model.called();
    expect(JSON.parse(rawBody)).toEqual({ ...body, model: "large" });
  });

  it("leaves out marks of a cache that no price covers, and what has no effect", async () => {
    const model = standInModel();
    const user = await signUpForDialects();
    const mark = { cache_control: { type: "ephemeral" } };
    const marked = {
      ...body,
      ...mark,
      context_management: { edits: [] },
      system: [{ type: "text", text: "Be brief.", ...mark }],
      messages: [{ role: "user", content: [{ type: "text", text: PROMPT, ...mark }] }],
      tools: body.tools.map((tool) => ({ ...tool, ...mark })),
    };
    expect((await post(user, "/v1/messages", marked)).status).toBe(200);
    const { rawBody } = await model.called();
    expect(rawBody).not.toContain("cache_control");
    expect(rawBody).not.toContain("context_management");
  });

  it.each([true, false])("returns signed thoughts unchanged (stream: %s)", async (stream) => {
    const model = standInModel();
    const user = await signUpForDialects();
    const asked = {
      model: largeIn("messages"),
      max_tokens: 3000,
      messages: [{ role: "user", content: PROMPT }],
      thinking: { type: "adaptive" },
    };
    const response = await post(user, "/v1/messages", { ...asked, stream });
    const events = stream ? await readEvents(response) : [];
    const text = (field: string) =>
      events.map((each) => Object(each["delta"])[field] ?? "").join("");
    const content = stream
      ? [
          { type: "thinking", thinking: text("thinking"), signature: text("signature") },
          { type: "text", text: text("text") },
        ]
      : Object(await response.json()).content;
    const messages = [...asked.messages, { role: "assistant", content }, ...asked.messages];
    // The model refuses a thought that is not as it signed it.
    expect((await post(user, "/v1/messages", { ...asked, messages })).status).toBe(200);
    expect(model.calls).toHaveLength(2);
  });

  it.each([true, false])(
    "names the stop sequence that ended a reply (stream: %s)",
    async (stream) => {
      standInModel();
      const user = await signUpForDialects();
      const response = await post(user, "/v1/messages", {
        model: largeIn("messages"),
        max_tokens: 100,
        messages: [{ role: "user", content: PROMPT }],
        stop_sequences: ["never", " taken"],
        stream,
      });
      const ended = stream
        ? (await readEvents(response)).find(({ type }) => type === "message_delta")?.["delta"]
        : await response.json();
      expect(ended).toMatchObject({ stop_reason: "stop_sequence", stop_sequence: " taken" });
    },
  );
});

it.each([{ stop_reason: "END" }, { matched_stop: "END" }])(
  "/v1/messages names the stop sequence that vLLM or SGLang tells: %o",
  async (told) => {
    const user = await signUpForDialects();
    const choice = {
      index: 0,
      message: { role: "assistant", content: "Hi" },
      finish_reason: "stop",
    };
    const usage = { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 };
    stubUpstreamJson({ choices: [{ ...choice, ...told }], usage });
    const ask = async (stop_sequences: readonly string[]) => {
      const messages = [{ role: "user", content: "Hi" }];
      const body = { model: "large", max_tokens: 50, messages, stop_sequences };
      return await (await post(user, "/v1/messages", body)).json();
    };
    expect(await ask(["END"])).toMatchObject({
      stop_reason: "stop_sequence",
      stop_sequence: "END",
    });
    expect(await ask(["X"])).toMatchObject({ stop_reason: "end_turn", stop_sequence: null });
  },
);

describe("/v1/responses at an upstream that speaks it", () => {
  it("sends what the client sent, and asks it to store nothing", async () => {
    const model = standInModel();
    const user = await signUpForDialects();
    const body = {
      model: largeIn("responses"),
      instructions: "Be brief.",
      input: [
        { role: "developer", content: "In English." },
        { role: "user", content: PROMPT },
      ],
      reasoning: { effort: "low", summary: "detailed" },
      max_output_tokens: 3000,
    };
    const response = await post(user, "/v1/responses", { ...body, store: true });
    const reply = Object(await response.json());
    expect(reply).toMatchObject({ status: "completed", store: false });
    const { rawBody } = await model.called();
    expect(JSON.parse(rawBody)).toEqual({
      ...body,
      model: "large",
      store: false,
      include: ["reasoning.encrypted_content"],
    });
    const reasoning = reply.output.find(({ type }: { type: string }) => type === "reasoning");
    expect(reasoning.summary[0].text).toContain("so I count and answer.");
    const input = [...body.input, ...reply.output, { role: "user", content: PROMPT }];
    expect((await post(user, "/v1/responses", { ...body, input })).status).toBe(200);
    const second = JSON.parse((await model.called(2)).rawBody);
    expect(second.input[2]).toMatchObject({ encrypted_content: reasoning.encrypted_content });
    expect(rawBody).not.toContain('"id"');
  });

  it("streams a response, charged to the microcredit", async () => {
    standInModel();
    const user = await signUpForDialects();
    const body = {
      model: largeIn("responses"),
      input: PROMPT,
      stream: true,
      max_output_tokens: 99,
    };
    const events = await readEvents(await post(user, "/v1/responses", body));
    expect(events.at(-1)).toMatchObject({ type: "response.completed" });
    await expectCharged(user, COST);
  });
});
