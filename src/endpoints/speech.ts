import { z } from "zod";
import { estimateTokenCount } from "../chat/index.ts";
import { ok } from "../errors.ts";
import { measurePrompt, withUnits } from "./measure.ts";
import type { RelayedReply, TaskRequest, TaskTerms } from "./task.ts";

const OVERHEAD_TOKENS = 64;

/** OpenAI's request. */
export const speechBody = z.looseObject({
  model: z.string().min(1).max(200),
  input: z.string().min(1, "must not be empty").max(100_000),
  voice: z.union([z.string().min(1).max(200), z.looseObject({ id: z.string().max(200) })]),
  instructions: z.string().max(100_000).nullish(),
  response_format: z.string().max(20).nullish(),
  speed: z.number().min(0.25).max(4).nullish(),
  stream_format: z.enum(["audio", "sse"]).nullish(),
});
type SpeechBody = z.infer<typeof speechBody>;

/** Counts the characters of a text as readers do: a pair of surrogates is one. */
const countCharacters = (text: string): number => Array.from(text).length;

/** Builds the task of a request for speech: each character of its text is charged. */
export function speak(body: SpeechBody): TaskRequest {
  const characters = countCharacters(body.input);
  const spoken = body.input + (body.instructions ?? "");
  const measure = ({ usage }: Pick<RelayedReply, "usage">, terms: TaskTerms) =>
    withUnits(
      measurePrompt(usage, terms, () => estimateTokenCount(spoken)),
      characters,
      terms,
    );
  return {
    task: "speech",
    model: body.model,
    fields: body,
    known: "model input voice instructions response_format speed stream_format".split(" "),
    endpoint: { path: "/audio/speech", contentType: "application/json" },
    reply: "bytes",
    shownFields: [],
    bound: ({ morePrices }) =>
      ok({
        promptBoundTokens: new TextEncoder().encode(spoken).length + OVERHEAD_TOKENS,
        maxTokens: 0,
        choices: 1,
        maxUnits: characters,
        unit: {
          kind: "character",
          microcreditsPerMillion: morePrices?.charactersPerMillion ?? 0,
        },
      }),
    build: (fields, { upstreamModel }) => JSON.stringify({ ...fields, model: upstreamModel }),
    measure: () => null,
    measureRelayed: measure,
  };
}
