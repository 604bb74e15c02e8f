import { z } from "zod";
import { count, credits } from "../http/answer-fields.ts";

/**
 * OpenAI's answer. The model provider's fields are passed on as they came; only that there are
 * choices was checked.
 */
export const completionView = z
  .looseObject({
    id: z.string().optional(),
    object: z.string().optional(),
    model: z.string().optional(),
    choices: z.array(z.looseObject({})),
    usage: z.looseObject({
      prompt_tokens: count.optional(),
      completion_tokens: count.optional(),
      cost: credits.describe("In credits."),
    }),
  })
  .describe("OpenAI's chat completion.");
