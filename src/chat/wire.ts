import { z } from "zod";
import { count, credits } from "../http/answer-fields.ts";

/**
 * OpenAI's answer. The model provider's fields are passed on as they came, also where they are
 * others. A reply that is too long to be read has no cost in it.
 */
export const completionView = z
  .looseObject({
    id: z.string().optional(),
    object: z.string().optional(),
    model: z.string().optional(),
    choices: z.array(z.looseObject({})).optional(),
    usage: z
      .looseObject({
        prompt_tokens: count.optional(),
        completion_tokens: count.optional(),
        cost: credits.optional().describe("In credits."),
        generation_id: z.string().optional().describe("For GET /v1/generation."),
      })
      .optional(),
  })
  .describe("OpenAI's chat completion.");
