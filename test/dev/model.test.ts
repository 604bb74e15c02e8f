import OpenAI, { APIConnectionError, APIError } from "openai";
import { describe, expect, it } from "vitest";
import { createLocalModel, type LocalModel } from "../../dev/model/app.ts";
import { tokenize } from "../../dev/model/tokens.ts";

const KEY = "a-key";
const CHAT_URL = "http://model.test/v1/chat/completions";
const createModel = (): LocalModel =>
  createLocalModel({ apiKey: KEY, nowMs: () => 1_800_000_000_000 });
const client = (model: LocalModel, apiKey = KEY): OpenAI =>
  new OpenAI({
    apiKey,
    baseURL: "http://model.test/v1",
    maxRetries: 0,
    fetch: (input, init) => model.fetch(new Request(input, init)),
  });
const chatParams = (content: string, modelName = "small") => ({
  model: modelName,
  messages: [{ role: "user" as const, content }],
});
const hello = chatParams("Hello, où est la gare ? 🚉");
const fortyTokens = chatParams("Please respond with exactly 40 tokens.");
const streamed = { stream: true as const, stream_options: { include_usage: true } };

const post = (
  model: LocalModel,
  body: unknown,
  signal: AbortSignal | null = null,
): Promise<Response> =>
  model.fetch(
    new Request(CHAT_URL, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}` },
      body: typeof body === "string" ? body : JSON.stringify(body),
      signal,
    }),
  );

/** Returns the status and the error with which a body is refused. */
async function readRefusal(body: unknown): Promise<unknown> {
  const response = await post(createModel(), body);
  const { error } = await response.json<{
    error: { code: string | null; param: string | null; type: string };
  }>();
  return { status: response.status, ...error };
}

/** Reads a body piece by piece until it ends or breaks. */
async function readAll(
  response: Response,
): Promise<{ pieces: Uint8Array[]; text: string; failed: boolean }> {
  const pieces: Uint8Array[] = [];
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const piece of response.body ?? []) {
      pieces.push(piece);
      text += decoder.decode(piece, { stream: true });
    }
    return { pieces, text, failed: false };
  } catch {
    return { pieces, text, failed: true };
  }
}

/**
 * Reads a scripted stream with the real client: its text, the usage, and the error that ended it.
 */
async function readStream(model: LocalModel, prompt = hello) {
  let text = "";
  let usage: unknown;
  try {
    for await (const chunk of await client(model).chat.completions.create({
      ...prompt,
      ...streamed,
    })) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
    }
    return { text, usage, error: null };
  } catch (error) {
    return { text, usage, error };
  }
}

describe("tokens", () => {
  it("joined are the text again, and never more than its bytes", () => {
    for (const text of [
      "",
      "Hello",
      "  a  b ",
      "où\n\tétait 12345",
      "日本語のテキスト",
      "👩‍👩‍👧 e\u0301",
      "\ud800x",
    ]) {
      expect(tokenize(text).join("")).toBe(text);
      expect(tokenize(text).length).toBeLessThanOrEqual(new TextEncoder().encode(text).length);
    }
    expect(tokenize("Hello, unbelievable 12345!")).toEqual([
      "Hello",
      ",",
      " unbeli",
      "evable",
      " 123",
      "45",
      "!",
    ]);
  });
});

describe("a working model", () => {
  it("answers the same prompt with the same text, and reports the tokens of both", async () => {
    const model = createModel();
    const first = await client(model).chat.completions.create(hello);
    const second = await client(model).chat.completions.create(hello);
    expect(second.choices).toEqual(first.choices);
    expect(first.choices[0]?.message.content).toContain("Hello, où est la gare ? 🚉");
    expect(first.choices[0]?.finish_reason).toBe("stop");
    expect(first.created).toBe(1_800_000_000);
    const output = tokenize(first.choices[0]?.message.content ?? "").length;
    expect(first.usage).toMatchObject({
      prompt_tokens: 10,
      completion_tokens: output,
      total_tokens: 10 + output,
    });
  });

  it("streams the same text, a token per frame, with the same usage in a last chunk", async () => {
    const model = createModel();
    const whole = await client(model).chat.completions.create(hello);
    const chunks = await Array.fromAsync(
      await client(model).chat.completions.create({ ...hello, ...streamed }),
    );
    const texts = chunks
      .map((chunk) => chunk.choices[0]?.delta.content ?? "")
      .filter((text) => text !== "");
    expect(texts.join("")).toBe(whole.choices[0]?.message.content);
    expect(texts).toHaveLength(whole.usage?.completion_tokens ?? 0);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
  });

  it("reports no usage in a stream that did not ask for it, and ends with [DONE]", async () => {
    const { text } = await readAll(await post(createModel(), { ...hello, stream: true }));
    expect(text).not.toContain("usage");
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
  });

  it.each(["max_tokens", "max_completion_tokens"])(
    "applies %s exactly, with the finish reason length",
    async (field) => {
      const reply = await client(createModel()).chat.completions.create({
        ...fortyTokens,
        [field]: 7,
      });
      expect(reply.usage?.completion_tokens).toBe(7);
      expect(reply.choices[0]?.finish_reason).toBe("length");
      const enough = await client(createModel()).chat.completions.create({
        ...fortyTokens,
        [field]: 40,
      });
      expect(enough.usage?.completion_tokens).toBe(40);
      expect(enough.choices[0]?.finish_reason).toBe("stop");
    },
  );

  it("returns n choices and counts the tokens of all", async () => {
    const reply = await client(createModel()).chat.completions.create({ ...fortyTokens, n: 3 });
    expect(reply.choices.map((choice) => choice.index)).toEqual([0, 1, 2]);
    expect(reply.usage?.completion_tokens).toBe(120);
    const chunks = await Array.fromAsync(
      await client(createModel()).chat.completions.create({ ...fortyTokens, n: 3, ...streamed }),
    );
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(120);
    expect(
      chunks.filter(
        (chunk) => chunk.choices[0]?.index === 2 && chunk.choices[0].delta.content !== "",
      ),
    ).toHaveLength(41);
  });

  it("stops before a stop sequence", async () => {
    const reply = await client(createModel()).chat.completions.create({
      ...fortyTokens,
      stop: ["nowhere", " taken"],
    });
    expect(reply.choices[0]?.message.content).toBe("The fare is");
    expect(reply.usage?.completion_tokens).toBe(3);
  });

  it("lists its models", async () => {
    const names = (await Array.fromAsync(await client(createModel()).models.list())).map(
      ({ id }) => id,
    );
    expect(names).toContain("small");
    expect(names).toContain("local-faulty-503");
  });

  it("accepts only its own key, and does not count other requests as calls", async () => {
    const model = createModel();
    await expect(client(model, "another").chat.completions.create(hello)).rejects.toMatchObject({
      status: 401,
      code: "invalid_api_key",
    });
    expect(model.calls).toHaveLength(0);
  });
});

describe("a bad request", () => {
  it.each([
    ["text that is not JSON", "{", 400, null, null],
    ["an array", [], 400, null, null],
    ["no messages", { model: "small" }, 400, "invalid_value", "messages"],
    ["no message in messages", { ...hello, messages: [] }, 400, "invalid_value", "messages"],
    [
      "an unknown role",
      { ...hello, messages: [{ role: "boss", content: "x" }] },
      400,
      "invalid_value",
      "messages[0].role",
    ],
    ["max_tokens 0", { ...hello, max_tokens: 0 }, 400, "invalid_value", "max_tokens"],
    ["max_tokens as text", { ...hello, max_tokens: "5" }, 400, "invalid_value", "max_tokens"],
    ["129 answers", { ...hello, n: 129 }, 400, "invalid_value", "n"],
    ["a field that nobody knows", { ...hello, wit: 1 }, 400, null, null],
    ["logprobs, which it has not", { ...hello, logprobs: true }, 400, "invalid_value", "logprobs"],
    ["an unknown model", { ...hello, model: "gpt-9" }, 404, "model_not_found", "model"],
    [
      "an unknown fault",
      { ...hello, model: "local-faulty-toString" },
      404,
      "model_not_found",
      "model",
    ],
    [
      "more than the context takes",
      { ...hello, max_tokens: 127_995 },
      400,
      "context_length_exceeded",
      "messages",
    ],
  ])("with %s is refused as OpenAI refuses it", async (_name, body, status, code, param) => {
    expect(await readRefusal(body)).toMatchObject({
      status,
      code,
      param,
      type: "invalid_request_error",
    });
  });

  it("does not include OpenAI's own fields or a provider's x_ fields", async () => {
    const response = await post(createModel(), {
      ...hello,
      seed: 1,
      user: "u",
      temperature: 0.5,
      x_vendor: true,
    });
    expect(response.status).toBe(200);
  });
});

describe("a reply that fails before it begins", () => {
  it.each([400, 401, 404, 429, 500, 503] as const)(
    "with status %i, once, and then the model works again",
    async (status) => {
      const model = createModel();
      model.next({ status, retryAfterSeconds: 7 });
      const error: unknown = await client(model)
        .chat.completions.create(hello)
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(APIError);
      expect(error).toMatchObject({ status });
      expect(error instanceof APIError && error.headers?.get("retry-after")).toBe("7");
      expect((await post(model, hello)).status).toBe(200);
    },
  );

  it("by a dropped connection", async () => {
    const model = createModel();
    model.next({ instead: "drop" });
    await expect(client(model).chat.completions.create(hello)).rejects.toBeInstanceOf(
      APIConnectionError,
    );
    expect(model.calls[0]?.outcome).toBe("broken");
  });

  it("by silence until the caller gives up", async () => {
    const model = createModel();
    model.next({ instead: "stall" });
    const caller = new AbortController();
    const reply = post(model, hello, caller.signal).catch((reason: unknown) => reason);
    const call = await model.called();
    expect(call.outcome).toBeNull();
    caller.abort();
    expect(await call.ended).toBe("cancelled");
    expect(await reply).toMatchObject({ name: "AbortError" });
  });

  it("by headers with a body that never begins", async () => {
    const model = createModel();
    model.next({ instead: "silence" });
    const response = await post(model, { ...hello, ...streamed });
    expect(response.status).toBe(200);
    await response.body?.cancel();
    expect(await model.calls[0]?.ended).toBe("cancelled");
  });

  it.each([
    ["garbage", "application/json"],
    ["html", "text/html"],
    ["empty", "application/json"],
  ] as const)("by %s with status 200", async (instead, type) => {
    const model = createModel();
    model.next({ instead });
    const response = await post(model, hello);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, type]);
    const text = await response.text();
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });
});

describe("a reply that breaks off", () => {
  const FIRST_FIVE = "The fare is taken before";

  it("by a destroyed connection delivers what was sent, then fails", async () => {
    const model = createModel();
    model.next({ breakOff: { afterTokens: 5, how: "die" } });
    const { text, error } = await readStream(model, fortyTokens);
    expect(text).toBe(FIRST_FIVE);
    expect(error).toBeInstanceOf(TypeError);
    expect(model.calls[0]?.outcome).toBe("broken");
  });

  it("cleanly has neither usage nor [DONE]", async () => {
    const model = createModel();
    model.next({ breakOff: { afterTokens: 5, how: "end" } });
    expect(await readStream(model, fortyTokens)).toEqual({
      text: FIRST_FIVE,
      usage: undefined,
      error: null,
    });
  });

  it("by an error frame fails as OpenAI's streams do", async () => {
    const model = createModel();
    model.next({ breakOff: { afterTokens: 5, how: "error" } });
    const { text, error } = await readStream(model, fortyTokens);
    expect(text).toBe(FIRST_FIVE);
    expect(error).toBeInstanceOf(APIError);
  });

  it("by a frame that is not JSON goes on after it", async () => {
    const model = createModel();
    model.next({ breakOff: { afterTokens: 5, how: "garbage" } });
    const { text } = await readAll(await post(model, { ...fortyTokens, ...streamed }));
    const frames = text.split("\n\n");
    expect(frames[6]).toBe('data: {"id":"chatcmpl-,,,');
    expect(frames.at(-2)).toBe("data: [DONE]");
  });

  it("by silence lasts until the caller gives up", async () => {
    const model = createModel();
    model.next({ breakOff: { afterTokens: 1, how: "stall" } });
    const response = await post(model, { ...fortyTokens, ...streamed });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.read();
    expect(model.calls[0]?.outcome).toBeNull();
    await reader?.cancel();
    expect(await model.calls[0]?.ended).toBe("cancelled");
    expect(model.calls[0]?.framesSent).toBe(2);
  });

  it("when it is not streamed ends in the middle of its JSON", async () => {
    const model = createModel();
    model.next({ breakOff: { afterTokens: 1, how: "die" } });
    const { text, failed } = await readAll(await post(model, hello));
    expect(failed).toBe(true);
    expect(text).toMatch(/^\{"id":"chatcmpl-local-000001"/);
    expect(text).not.toMatch(/\}$/);
  });

  it("by the caller's abort fails with the caller's reason", async () => {
    const model = createModel();
    const gate = model.gate();
    const caller = new AbortController();
    const response = await post(model, { ...hello, ...streamed }, caller.signal);
    gate.open(1);
    const reading = readAll(response);
    await gate.reached(2);
    caller.abort();
    expect((await reading).failed).toBe(true);
    expect(await model.calls[0]?.ended).toBe("cancelled");
  });
});

describe("usage", () => {
  it.each([
    ["none", null, undefined],
    ["zero", { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, { prompt_tokens: 0 }],
    [
      "10^12",
      { prompt_tokens: 1e12, completion_tokens: 1, total_tokens: 1e12 },
      { prompt_tokens: 1e12 },
    ],
    ["text", { prompt_tokens: "10" }, { prompt_tokens: "10" }],
  ])("may be untrue: %s", async (_name, usage, reported) => {
    const model = createModel();
    model.next({ usage }, 2);
    const whole = await client(model).chat.completions.create(hello);
    const stream = await readStream(model);
    if (reported === undefined) expect([whole.usage, stream.usage]).toEqual([undefined, undefined]);
    else expect([whole.usage, stream.usage]).toMatchObject([reported, reported]);
  });

  it.each([
    ["last-content-chunk", 1],
    ["every-chunk", 42],
  ] as const)("may come without being asked for in the %s", async (usageIn, times) => {
    const model = createModel();
    model.next({ usageIn });
    const { text } = await readAll(await post(model, { ...fortyTokens, stream: true }));
    expect(text.split('"completion_tokens":40')).toHaveLength(times + 1);
  });

  it("may come in x_groq", async () => {
    const model = createModel();
    model.next({ usageIn: "x_groq" });
    const { text } = await readAll(await post(model, { ...fortyTokens, stream: true }));
    expect(text).toMatch(
      /"finish_reason":"stop"\}\],"x_groq":\{"id":"[^"]+","usage":\{"prompt_tokens":/,
    );
  });

  it("may have a provider's own details beside the true figures", async () => {
    const model = createModel();
    model.next({ usageFields: { prompt_tokens_details: { cached_tokens: 4 } } });
    const { usage } = await client(model).chat.completions.create(hello);
    expect(usage).toMatchObject({ prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 4 } });
  });
});

describe("the pieces of a stream", () => {
  it.each([
    ["in single bytes", { pieceBytes: [1] }, 1],
    ["in odd pieces", { pieceBytes: [3, 7, 1] }, 7],
    ["four frames at once", { framesPerPiece: 4 }, 4096],
    ["with CRLF", { lineEnd: "\r\n" }, 4096],
    ["with CR", { lineEnd: "\r" }, 4096],
    ["with comments", { comments: true }, 4096],
    ["without [DONE]", { done: false }, 4096],
  ] as const)("%s do not change its content", async (_name, behaviour, longestPiece) => {
    const model = createModel();
    const plain = await readStream(model);
    model.next(behaviour, 2);
    expect(await readStream(model)).toEqual(plain);
    const { pieces } = await readAll(await post(model, { ...hello, ...streamed }));
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(longestPiece);
  });

  it("may have four frames in one piece", async () => {
    const model = createModel();
    model.next({ framesPerPiece: 4 });
    const { pieces, text } = await readAll(await post(model, { ...hello, ...streamed }));
    expect(pieces).toHaveLength(Math.ceil((text.split("\n\n").length - 1) / 4));
  });

  it("have only as many frames as the test's gate lets through", async () => {
    const model = createModel();
    const gate = model.gate();
    const reading = readAll(await post(model, { ...fortyTokens, ...streamed }));
    gate.open(3);
    await gate.reached(4);
    // Waits one turn of the event loop, in which a frame that got through would be sent.
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(model.calls[0]).toMatchObject({ framesSent: 3, outcome: null });
    gate.open();
    expect((await reading).text).toContain("[DONE]");
    expect(await model.calls[0]?.ended).toBe("complete");
  });
});

describe("the model's controls", () => {
  it("show every call with its headers and body, as it arrived", async () => {
    const model = createModel();
    const body = JSON.stringify(hello, null, 3);
    await post(model, body);
    expect(model.calls[0]?.rawBody).toBe(body);
    expect(model.calls[0]?.headers.get("authorization")).toBe(`Bearer ${KEY}`);
    expect(model.calls[0]?.request?.model).toBe("small");
  });

  it("let a person choose a fault by the model's name", async () => {
    expect((await post(createModel(), chatParams("Hi", "local-faulty-503"))).status).toBe(503);
    expect(
      (
        await readAll(
          await post(createModel(), {
            ...chatParams("Hi", "local-faulty-die-midway"),
            stream: true,
          }),
        )
      ).failed,
    ).toBe(true);
    const bytes = await readAll(
      await post(createModel(), { ...chatParams("Hi", "local-faulty-bytes"), stream: true }),
    );
    expect(bytes.pieces.every((piece) => piece.length === 1)).toBe(true);
  });

  it("end stalled replies and forget everything after a reset", async () => {
    const model = createModel();
    model.next({ instead: "stall" });
    const reply = post(model, hello).catch((reason: unknown) => reason);
    await model.called();
    model.reset();
    expect(await reply).toBeInstanceOf(TypeError);
    expect(model.calls).toHaveLength(0);
  });
});

describe("a tool that the prompt asks to call", () => {
  const tools = [
    { type: "function" as const, function: { name: "weather", parameters: { type: "object" } } },
  ];
  const asked = { ...chatParams('Please call the tool weather with {"place": "Cairo"}'), tools };
  const called = { name: "weather", arguments: '{"place": "Cairo"}' };

  it("is called, whole and streamed, and its tokens are counted", async () => {
    const openai = client(createModel());
    const whole = await openai.chat.completions.create(asked);
    expect(whole.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: { content: null, tool_calls: [{ type: "function", function: called }] },
    });
    expect(whole.usage?.completion_tokens).toBe(tokenize(called.arguments).length);
    const stream = openai.chat.completions.stream({ ...asked, ...streamed });
    const { choices } = await stream.finalChatCompletion();
    expect(choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: { tool_calls: [{ function: called }] },
    });
  });

  it("is not called where it is not on offer, or its result is there", async () => {
    const openai = client(createModel());
    const { tools: _, ...unoffered } = asked;
    const result = { role: "tool" as const, tool_call_id: "call_1", content: "Sunny" };
    for (const params of [unoffered, { ...asked, messages: [...asked.messages, result] }]) {
      const { choices } = await openai.chat.completions.create(params);
      expect(choices[0]).toMatchObject({ finish_reason: "stop" });
    }
  });
});
