import { z } from "zod";
import { estimateTokenCount } from "../chat/index.ts";
import { ok } from "../errors.ts";
import { measurePrompt } from "./measure.ts";
import type { TaskRequest } from "./task.ts";

/** OpenAI's most inputs of one request. */
const INPUTS_MAX = 2048;
/** What a vendor puts around an input: marks of its begin and end, a word of what it is for. */
const OVERHEAD_TOKENS = 16;

const text = z.string().min(1, "must not be empty");
const tokens = z.array(z.int().min(0)).min(1, "must not be empty");

/** OpenAI's request. */
export const embeddingBody = z.looseObject({
  model: z.string().min(1).max(200),
  input: z.union(
    [text, z.array(text).min(1).max(INPUTS_MAX), tokens, z.array(tokens).min(1).max(INPUTS_MAX)],
    `must be a text, a list of tokens, or a list of up to ${INPUTS_MAX} of these, none empty`,
  ),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  dimensions: z.int().min(1).nullish(),
});
type EmbeddingBody = z.infer<typeof embeddingBody>;

const encoder = new TextEncoder();

/** Lists the inputs of a request: texts, or lists of tokens. */
function listInputs(input: EmbeddingBody["input"]): (string | number[])[] {
  if (typeof input === "string") return [input];
  const [first] = input;
  const isTokens = typeof first === "number";
  return isTokens
    ? [input.filter((each) => typeof each === "number")]
    : input.filter((each) => typeof each !== "number");
}

/** Bounds the tokens of inputs: no token of a text has less than one byte. */
const boundTokens = (inputs: readonly (string | number[])[]): number =>
  inputs.reduce(
    (sum, input) =>
      sum +
      OVERHEAD_TOKENS +
      (typeof input === "string" ? encoder.encode(input).length : input.length),
    0,
  );

const estimateTokens = (inputs: readonly (string | number[])[]): number =>
  inputs.reduce(
    (sum, input) => sum + (typeof input === "string" ? estimateTokenCount(input) : input.length),
    0,
  );

/** Builds the task of a request for embeddings: its input is charged, by the vendor's count. */
export function embed(body: EmbeddingBody): TaskRequest {
  const inputs = listInputs(body.input);
  return {
    task: "embedding",
    model: body.model,
    fields: body,
    known: ["model", "input", "encoding_format", "dimensions", "user"],
    endpoint: { path: "/embeddings", contentType: "application/json" },
    reply: "json",
    shownFields: ["object", "data", "model", "usage"],
    bound: () => ok({ promptBoundTokens: boundTokens(inputs), maxTokens: 0, choices: 1 }),
    build: (fields, { upstreamModel }) => JSON.stringify({ ...fields, model: upstreamModel }),
    measure: ({ data, usage }, terms) =>
      Array.isArray(data) && data.length > 0
        ? measurePrompt(usage, terms, () => estimateTokens(inputs))
        : null,
    measureRelayed: ({ usage }, terms) => measurePrompt(usage, terms, () => estimateTokens(inputs)),
  };
}
