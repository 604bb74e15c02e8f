import { z } from "zod";
import { ok, type Result } from "../../errors.ts";
import { parseAt, refuseField } from "../core/parse-at.ts";

type Fields = Readonly<Record<string, unknown>>;

/** OpenAI's own cap where a client gives none. */
const MAX_TOKENS_DEFAULT = 16;

/** OpenAI's request. What it has beside is passed on for the settings of the upstream to judge. */
export const completionsBody = z.looseObject({
  model: z.string().min(1).max(200),
  prompt: z.union([z.string(), z.array(z.unknown())], { error: "must be a text" }),
  max_tokens: z.int().min(1).nullish(),
  n: z.int().min(1).max(128).nullish(),
  best_of: z.int().min(1).nullish(),
  echo: z.boolean().nullish(),
  suffix: z.string().nullish(),
  logprobs: z.int().min(0).max(20).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});

/** A request for a completion, as the chat that it asks for. */
export interface TranslatedCompletion {
  readonly chat: Fields;
  readonly model: string;
  readonly stream: boolean;
  readonly wantsUsage: boolean;
  /** The prompt that each choice begins with, where the client asked for it. */
  readonly echo: string;
}

/** Fields of chat completions, each with its name in this API. */
const CHAT_FIELDS: Readonly<Record<string, string>> = {
  messages: "Did you mean prompt?",
  max_completion_tokens: "Did you mean max_tokens?",
  top_logprobs: "Did you mean logprobs?",
  tools: "Use /v1/chat/completions.",
  functions: "Use /v1/chat/completions.",
};

/** Fields that the chat has under another name, or not at all. */
const TRANSLATED = new Set(["prompt", "best_of", "echo", "suffix", "logprobs", "max_tokens"]);

/** Reads the prompt: one text. */
function readPrompt(prompt: string | readonly unknown[]): Result<string> {
  const [first, ...others] = typeof prompt === "string" ? [prompt] : prompt;
  if (typeof first === "number" || Array.isArray(first))
    return refuseField("prompt", "tokens aren't supported. Send text.");
  if (typeof first !== "string") return refuseField("prompt", "must be a text");
  return others.length === 0
    ? ok(first)
    : refuseField("prompt", "must be one text. Send a request for each prompt.");
}

/** Translates a request for a completion into a chat, whose user says the prompt. */
export function translateRequest(json: unknown): Result<TranslatedCompletion> {
  const parsed = parseAt(completionsBody, json, "");
  if (!parsed.ok) return parsed;
  const body = parsed.value;
  for (const [name, instead] of Object.entries(CHAT_FIELDS))
    if ((body[name] ?? null) !== null)
      return refuseField(name, `isn't a field of this API. ${instead}`);
  const { best_of, n, suffix, logprobs, echo, stream, max_tokens, stream_options } = body;
  if (typeof best_of === "number" && best_of !== (n ?? 1))
    return refuseField("best_of", "isn't supported, so leave it out. Use n.");
  if (typeof suffix === "string" && suffix !== "")
    return refuseField("suffix", "isn't supported, so leave it out.");
  if (echo === true && typeof logprobs === "number")
    return refuseField("logprobs", "isn't supported with echo.");
  const prompt = readPrompt(body.prompt);
  if (!prompt.ok) return prompt;
  const passed = Object.entries(body).filter(([name]) => !TRANSLATED.has(name));
  return ok({
    chat: {
      ...Object.fromEntries(passed),
      messages: [{ role: "user", content: prompt.value }],
      max_tokens: max_tokens ?? MAX_TOKENS_DEFAULT,
      ...(typeof logprobs === "number" ? { logprobs: true } : {}),
      ...(typeof logprobs === "number" && logprobs > 0 ? { top_logprobs: logprobs } : {}),
    },
    model: body.model,
    stream: stream === true,
    wantsUsage: stream_options?.include_usage === true,
    echo: echo === true ? prompt.value : "",
  });
}
