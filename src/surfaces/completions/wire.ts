import { z } from "zod";
import { count, credits } from "../../http/answer-fields.ts";

/** OpenAI's legacy completion. */
export const completionView = z
  .looseObject({
    id: z.string(),
    object: z.literal("text_completion"),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.looseObject({
        index: count,
        text: z.string(),
        finish_reason: z.enum(["stop", "length", "content_filter"]).nullable(),
      }),
    ),
    usage: z
      .looseObject({
        prompt_tokens: count,
        completion_tokens: count,
        cost: credits.describe("In credits."),
      })
      .optional(),
  })
  .describe("OpenAI's legacy completion.");
