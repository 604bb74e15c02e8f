/**
 * Vendors as they document their replies: the shape, the names of what they count, and what of the
 * truth the count tells. `expected.ts` computes the charge from this table, and from nothing else.
 */

export type Json = Readonly<Record<string, unknown>>;

/** The tokens that a vendor truly served. */
export interface Served {
  /** All of the prompt; of it what was read from a cache, and what was written to one. */
  readonly prompt: number;
  readonly cached: number;
  readonly written: number;
  /** The visible reply, and what the model thought beside it. */
  readonly reply: number;
  readonly thoughts: number;
}

/** The tokens of a chat, each part at the price of its kind. */
export interface Tokens {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWriteInput: number;
  readonly output: number;
}

/** Everything that was served, each part by its kind. */
const tellsAll = ({ prompt, cached, written, reply, thoughts }: Served): Tokens => ({
  input: prompt,
  cachedInput: cached,
  cacheWriteInput: written,
  output: reply + thoughts,
});
/** A vendor that does not write to a cache, or does not tell. */
const tellsReads = (served: Served): Tokens => ({ ...tellsAll(served), cacheWriteInput: 0 });
/** A vendor that tells nothing of caches. */
const tellsSums = (served: Served): Tokens => ({ ...tellsReads(served), cachedInput: 0 });

/** OpenAI's names, which most vendors have; the completion has the thoughts in it. */
const openAi = ({ prompt, reply, thoughts }: Served): Json => ({
  prompt_tokens: prompt,
  completion_tokens: reply + thoughts,
  total_tokens: prompt + reply + thoughts,
});

/** How a reply is written: in frames, and whole. */
interface Shape {
  readonly opening: readonly Json[];
  readonly says: (text: string) => Json;
  readonly finish: Json;
  /** The last frame, of vendors that end a stream by an event. */
  readonly closing: readonly Json[];
  readonly whole: (text: string, thoughts: string, isFinished: boolean) => Json;
  /** Whether OpenAI's clients can read it. */
  readonly isOpenAi: boolean;
  /** What it says of thoughts, where that is not in a chat's fields. */
  readonly thinks?: (text: string) => Json;
  /** A frame that may have the count, and says nothing. */
  readonly silence?: Json;
  /** The error that ends a reply, where it is not in OpenAI's shape. */
  readonly error?: Json;
}

const envelope = { id: "r1", created: 1_700_000_000, model: "large" };
const chunkOf = (choice: Json): Json => ({
  ...envelope,
  object: "chat.completion.chunk",
  choices: [{ index: 0, ...choice }],
});

const openAiShape = (thoughtsField: string): Shape => ({
  opening: [chunkOf({ delta: { role: "assistant", content: "" }, finish_reason: null })],
  says: (text) => chunkOf({ delta: { content: text }, finish_reason: null }),
  finish: chunkOf({ delta: {}, finish_reason: "stop" }),
  closing: [],
  whole: (text, thoughts, isFinished) => ({
    ...envelope,
    object: "chat.completion",
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          ...(thoughts === "" ? {} : { [thoughtsField]: thoughts }),
          content: text,
        },
        finish_reason: isFinished ? "stop" : null,
      },
    ],
  }),
  isOpenAi: true,
});
const OPENAI = openAiShape("reasoning_content");

const ANTHROPIC: Shape = {
  opening: [
    { type: "message_start", message: { id: "m1", type: "message", role: "assistant" } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  ],
  says: (text) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text },
  }),
  finish: { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null } },
  closing: [{ type: "message_stop" }],
  whole: (text, _thoughts, isFinished) => ({
    id: "m1",
    type: "message",
    role: "assistant",
    content: [{ type: "text", text }],
    stop_reason: isFinished ? "end_turn" : null,
  }),
  isOpenAi: false,
};

const messageStart = (usage: Json): Json => ({
  type: "message_start",
  message: { id: "m1", type: "message", role: "assistant", model: "large", content: [], usage },
});
/** Anthropic's Messages API as an upstream in that dialect speaks it: its clients read a chat. */
const MESSAGES: Shape = {
  ...ANTHROPIC,
  opening: [
    messageStart({ input_tokens: 3, output_tokens: 1 }),
    { type: "ping" },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  ],
  whole: (text, thoughts, isFinished) => ({
    id: "m1",
    type: "message",
    role: "assistant",
    model: "large",
    content: [
      ...(thoughts === "" ? [] : [{ type: "thinking", thinking: thoughts, signature: "s" }]),
      { type: "text", text },
    ],
    stop_reason: isFinished ? "end_turn" : null,
  }),
  isOpenAi: true,
  thinks: (thinking) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type: "thinking_delta", thinking },
  }),
  silence: { type: "message_delta", delta: { stop_reason: null, stop_sequence: null } },
  error: { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
};

const candidate = (text: string, more: Json = {}): Json => ({
  candidates: [{ content: { parts: [{ text }], role: "model" }, index: 0, ...more }],
  modelVersion: "large",
});
const GEMINI: Shape = {
  opening: [],
  says: (text) => candidate(text),
  finish: candidate("", { finishReason: "STOP" }),
  closing: [],
  whole: (text, _thoughts, isFinished) =>
    candidate(text, isFinished ? { finishReason: "STOP" } : {}),
  isOpenAi: false,
};

const ollama = (content: string, done: boolean): Json => ({
  model: "large",
  created_at: "2026-01-01T00:00:00Z",
  message: { role: "assistant", content },
  done,
});
const OLLAMA: Shape = {
  opening: [],
  says: (text) => ollama(text, false),
  finish: { ...ollama("", true), done_reason: "stop" },
  closing: [],
  whole: (text) => ollama(text, true),
  isOpenAi: false,
};

/** The place of a count in a frame or a whole reply. */
export type Place = "usage" | "x_groq" | "choice" | "usageMetadata" | "metrics" | "top";

export interface Vendor {
  readonly name: string;
  readonly shape: Shape;
  readonly place: Place;
  readonly usage: (served: Served) => Json;
  readonly tells: (served: Served) => Tokens;
  /** The field in which the model's thoughts are shown; null where they are not. */
  readonly shownThoughts: string | null;
  /** Whether it streams lines of JSON, as no vendor with OpenAI's surface does. */
  readonly streamsLines: boolean;
  /** Fields of its count that are between it and the operator. */
  readonly ownPrices: readonly string[];
  /** The API in which it is called. */
  readonly dialect: "chat" | "messages";
}

const vendor = (
  name: string,
  usage: Vendor["usage"],
  tells: Vendor["tells"],
  more: Partial<Vendor> = {},
): Vendor => ({
  name,
  shape: OPENAI,
  place: "usage",
  usage,
  tells,
  shownThoughts: null,
  streamsLines: false,
  ownPrices: [],
  dialect: "chat",
  ...more,
});

const reads = ({ cached }: Served) => ({ cached_tokens: cached });
const thinks = ({ thoughts }: Served) => ({ reasoning_tokens: thoughts });

const anthropic = ({ prompt, cached, written, reply, thoughts }: Served): Json => ({
  input_tokens: prompt - cached - written,
  cache_read_input_tokens: cached,
  cache_creation_input_tokens: written,
  output_tokens: reply + thoughts,
  service_tier: "standard",
});

export const VENDORS: readonly Vendor[] = [
  vendor(
    "OpenAI",
    (served) => ({
      ...openAi(served),
      prompt_tokens_details: {
        ...reads(served),
        cache_write_tokens: served.written,
        audio_tokens: 0,
      },
      completion_tokens_details: {
        ...thinks(served),
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    }),
    tellsAll,
  ),
  vendor(
    "Azure",
    (served) => ({
      ...openAi(served),
      prompt_tokens_details: { ...reads(served), audio_tokens: 0 },
      completion_tokens_details: { ...thinks(served), audio_tokens: 0 },
    }),
    tellsReads,
  ),
  vendor("Anthropic's OpenAI surface", openAi, tellsSums),
  vendor("Anthropic, natively", anthropic, tellsAll, { shape: ANTHROPIC }),
  vendor("Anthropic, asked in its own dialect", anthropic, tellsAll, {
    shape: MESSAGES,
    dialect: "messages",
    shownThoughts: "reasoning_content",
  }),
  vendor(
    "DeepSeek",
    (served) => ({
      ...openAi(served),
      prompt_tokens_details: reads(served),
      completion_tokens_details: thinks(served),
      prompt_cache_hit_tokens: served.cached,
      prompt_cache_miss_tokens: served.prompt - served.cached,
    }),
    tellsReads,
    { shownThoughts: "reasoning_content" },
  ),
  vendor("Moonshot", (served) => ({ ...openAi(served), ...reads(served) }), tellsReads, {
    place: "choice",
    shownThoughts: "reasoning_content",
  }),
  vendor(
    "Mistral",
    (served) => ({ ...openAi(served), num_cached_tokens: served.cached }),
    tellsReads,
  ),
  vendor(
    "Qwen",
    (served) => ({
      ...openAi(served),
      prompt_tokens_details: { ...reads(served), cache_creation_input_tokens: served.written },
      completion_tokens_details: { ...thinks(served), text_tokens: served.reply },
    }),
    tellsAll,
    { shownThoughts: "reasoning_content" },
  ),
  vendor(
    "xAI, which counts thoughts beside the completion",
    (served) => ({
      ...openAi(served),
      completion_tokens: served.reply,
      prompt_tokens_details: { ...reads(served), text_tokens: served.prompt, image_tokens: 0 },
      completion_tokens_details: { ...thinks(served), audio_tokens: 0 },
      num_sources_used: 0,
      cost_in_usd_ticks: 987_654_321,
    }),
    tellsReads,
    { ownPrices: ["cost_in_usd_ticks"] },
  ),
  vendor(
    "Gemini's OpenAI surface, whose thoughts are in the total alone",
    (served) => ({ ...openAi(served), completion_tokens: served.reply }),
    tellsSums,
  ),
  vendor(
    "Gemini, natively",
    ({ prompt, cached, reply, thoughts }) => ({
      promptTokenCount: prompt,
      candidatesTokenCount: reply,
      thoughtsTokenCount: thoughts,
      totalTokenCount: prompt + reply + thoughts,
      cachedContentTokenCount: cached,
      promptTokensDetails: [{ modality: "TEXT", tokenCount: prompt }],
    }),
    tellsReads,
    { shape: GEMINI, place: "usageMetadata" },
  ),
  vendor(
    "Groq",
    (served) => ({
      ...openAi(served),
      queue_time: 0.01,
      prompt_time: 0.002,
      total_time: 0.5,
      prompt_tokens_details: reads(served),
    }),
    tellsReads,
    { place: "x_groq", shape: openAiShape("reasoning"), shownThoughts: "reasoning" },
  ),
  vendor(
    "Perplexity, whose thoughts are beside the completion and the total",
    (served) => ({
      ...openAi({ ...served, thoughts: 0 }),
      search_context_size: "low",
      citation_tokens: 4000,
      num_search_queries: 1,
      reasoning_tokens: served.thoughts,
      cost: { input_tokens_cost: 0.987_654, total_cost: 0.987_654_321 },
    }),
    tellsSums,
    { ownPrices: ["total_cost"] },
  ),
  vendor("vLLM", (served) => ({ ...openAi(served), prompt_tokens_details: null }), tellsSums),
  vendor("Ollama's OpenAI surface", openAi, tellsSums),
  vendor(
    "Ollama, natively",
    ({ prompt, reply, thoughts }) => ({
      prompt_eval_count: prompt,
      eval_count: reply + thoughts,
      total_duration: 123_456_789,
      eval_duration: 12_345_678,
    }),
    tellsSums,
    { shape: OLLAMA, place: "top", streamsLines: true },
  ),
  vendor(
    "OpenRouter",
    (served) => ({
      ...openAi(served),
      cost: 0.987_654_321,
      is_byok: false,
      prompt_tokens_details: { ...reads(served), cache_write_tokens: served.written },
      cost_details: { upstream_inference_cost: null },
      completion_tokens_details: thinks(served),
    }),
    tellsAll,
    {
      shape: openAiShape("reasoning"),
      shownThoughts: "reasoning",
      ownPrices: ["0.987654321", "is_byok", "cost_details"],
    },
  ),
  vendor(
    "Bedrock's Converse",
    ({ prompt, cached, written, reply, thoughts }) => ({
      inputTokens: prompt - cached - written,
      outputTokens: reply + thoughts,
      totalTokens: prompt + reply + thoughts,
      cacheReadInputTokens: cached,
      cacheWriteInputTokens: written,
    }),
    tellsAll,
  ),
  vendor(
    "Bedrock's metrics",
    ({ prompt, reply, thoughts }) => ({
      inputTokenCount: prompt,
      outputTokenCount: reply + thoughts,
      invocationLatency: 400,
      firstByteLatency: 100,
    }),
    tellsSums,
    { place: "metrics" },
  ),
  vendor(
    "a proxy that counts the cache beside the prompt",
    ({ prompt, cached, reply, thoughts }) => ({
      prompt_tokens: prompt - cached,
      completion_tokens: reply + thoughts,
      total_tokens: prompt + reply + thoughts,
      prompt_tokens_details: { cached_tokens: cached },
    }),
    tellsReads,
  ),
  vendor(
    "a proxy with Anthropic's names of the cache in OpenAI's count",
    (served) => ({
      ...openAi(served),
      cache_read_input_tokens: served.cached,
      cache_creation_input_tokens: served.written,
      prompt_tokens_details: reads(served),
    }),
    tellsAll,
  ),
];

const FIELD_OF_PLACE: Readonly<Record<Exclude<Place, "choice" | "x_groq" | "top">, string>> = {
  usage: "usage",
  usageMetadata: "usageMetadata",
  metrics: "amazon-bedrock-invocationMetrics",
};

/** Puts a value where a vendor has its count. */
export function withUsage(json: Json, place: Place, usage: unknown): Json {
  switch (place) {
    case "x_groq":
      return { ...json, x_groq: { id: "req_1", usage } };
    case "choice": {
      const { choices } = json;
      return Array.isArray(choices)
        ? { ...json, choices: choices.map((each: object) => ({ ...each, usage })) }
        : { ...json, usage };
    }
    case "top":
      return typeof usage === "object" ? { ...json, ...usage } : json;
    case "usage":
    case "usageMetadata":
    case "metrics":
      return { ...json, [FIELD_OF_PLACE[place]]: usage };
  }
}
