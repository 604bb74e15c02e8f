import { z } from "zod";
import { count, credits } from "../http/answer-fields.ts";

const usage = z
  .looseObject({
    prompt_tokens: count.optional(),
    total_tokens: count.optional(),
    cost: credits.optional().describe("In credits."),
  })
  .optional();

/** OpenAI's embeddings. A reply that is too long to be read has no cost in it. */
export const embeddingsView = z
  .looseObject({
    object: z.string().optional(),
    data: z.array(z.looseObject({})),
    model: z.string().optional(),
    usage,
  })
  .describe("OpenAI's embeddings.");

/** OpenAI's images. */
export const imagesView = z
  .looseObject({ created: count.optional(), data: z.array(z.looseObject({})), usage })
  .describe("OpenAI's images.");

/** The sound of a text. */
export const speechView = z.string().describe("The sound, in the format that was asked for.");

/** OpenAI's transcription, as JSON. */
export const transcriptionView = z
  .looseObject({ text: z.string(), usage })
  .describe("OpenAI's transcription.");

/** OpenAI's moderation. */
export const moderationsView = z
  .looseObject({ results: z.array(z.looseObject({})) })
  .describe("OpenAI's moderation.");
