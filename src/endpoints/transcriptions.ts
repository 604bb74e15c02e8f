import { z } from "zod";
import { estimateTokenCount, isCount, isObject } from "../chat/index.ts";
import { ok } from "../errors.ts";
import { measurePrompt, withUnits } from "./measure.ts";
import type { Json, TaskRequest, TaskTerms } from "./task.ts";

const OVERHEAD_TOKENS = 64;
/** The most tokens of a second of sound: OpenAI's models take 10, and others fewer than 50. */
const TOKENS_PER_SECOND_MAX = 50;

const FORMATS = ["json", "text", "srt", "verbose_json", "vtt", "diarized_json"] as const;

/** The fields of OpenAI's form, beside its file. */
export const transcriptionFields = z.looseObject({
  model: z.string().min(1).max(200),
  response_format: z.enum(FORMATS).optional(),
  prompt: z.string().max(100_000).optional(),
});
type TranscriptionFields = z.infer<typeof transcriptionFields>;

const KNOWN =
  "model language prompt response_format temperature timestamp_granularities[] include[] stream " +
  "chunking_strategy known_speaker_names[] known_speaker_references[]";

/** Returns the seconds that a reply says it was billed or long; null where it says neither. */
function readSeconds({ usage, duration }: { usage?: unknown; duration?: unknown }): number | null {
  const told = [isObject(usage) ? usage["seconds"] : null, duration];
  const seconds = told.map(Number).find((value) => Number.isFinite(value) && value > 0);
  return seconds === undefined ? null : Math.ceil(seconds);
}

/** Returns the output tokens that a vendor counts, up to the bound. */
const readOutput = (usage: unknown, { maxTokens }: TaskTerms): number => {
  const counted = isObject(usage) ? usage["output_tokens"] : 0;
  return isCount(counted) ? Math.min(counted, maxTokens) : 0;
};

/** A file of sound, and the most seconds that it can have. */
export interface Sound {
  readonly file: File;
  readonly maxSeconds: number;
}

/**
 * Builds the task of a transcription or translation: each second is charged, as many as the vendor
 * tells, or all that the file can have where it tells none.
 * @param form what was sent, without its file
 */
export function transcribe(
  endpoint: "transcriptions" | "translations",
  fields: TranscriptionFields,
  { file, maxSeconds }: Sound,
): TaskRequest {
  // A text alone tells no length, so it is asked for as JSON, which does.
  const isText = fields.response_format === "text";
  const isStream = fields["stream"] === "true";
  const isJson = /json/.test(fields.response_format ?? "json") || isText;
  const estimate = () => estimateTokenCount(fields.prompt ?? "");
  function measure(reply: { usage?: unknown; duration?: unknown }, terms: TaskTerms) {
    const seconds = readSeconds(reply);
    const prompt = measurePrompt(reply.usage, terms, estimate);
    const output = readOutput(reply.usage, terms);
    const measured = withUnits(prompt, seconds ?? maxSeconds, terms);
    const isTold = seconds !== null && seconds <= maxSeconds;
    return {
      usage: { ...measured.usage, output },
      estimated: measured.estimated || (!isTold && terms.prices.unit?.microcreditsPerMillion !== 0),
    };
  }
  return {
    task: "transcription",
    model: fields.model,
    fields,
    known: KNOWN.split(" "),
    endpoint: { path: `/audio/${endpoint}`, contentType: null },
    reply: isJson && !isStream ? "json" : "bytes",
    shownFields: "text usage duration language task segments words logprobs".split(" "),
    bound: ({ morePrices, outputPriceMicrocreditsPerMillion, maxOutputTokens }) =>
      ok({
        promptBoundTokens:
          new TextEncoder().encode(fields.prompt ?? "").length +
          OVERHEAD_TOKENS +
          maxSeconds * TOKENS_PER_SECOND_MAX,
        maxTokens: outputPriceMicrocreditsPerMillion === 0 ? 0 : maxOutputTokens,
        choices: 1,
        maxUnits: maxSeconds,
        unit: { kind: "second", microcreditsPerMillion: morePrices?.secondsPerMillion ?? 0 },
      }),
    build(kept, { upstreamModel }) {
      const form = new FormData();
      form.append("file", file, file.name);
      for (const [name, value] of Object.entries({ ...kept, model: upstreamModel }))
        for (const each of Array.isArray(value) ? value : [value])
          form.append(name, name === "response_format" && isText ? "json" : String(each));
      return form;
    },
    measure: (json: Json, terms) =>
      typeof json["text"] === "string" ? measure(json, terms) : null,
    measureRelayed: ({ usage }, terms) => measure({ usage }, terms),
    ...(isText
      ? {
          write: ({ text }: Json) => ({
            body: `${String(text)}\n`,
            contentType: "text/plain; charset=utf-8",
          }),
        }
      : {}),
  };
}
