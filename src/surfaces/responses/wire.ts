import { z } from "zod";
import { count, credits } from "../../http/answer-fields.ts";

/** OpenAI's response. */
export const responseView = z
  .looseObject({
    id: z.string(),
    object: z.literal("response"),
    created_at: z.int(),
    status: z.enum(["completed", "incomplete", "failed"]),
    model: z.string(),
    output: z.array(z.looseObject({ id: z.string(), type: z.string() })),
    usage: z
      .looseObject({
        input_tokens: count,
        output_tokens: count,
        total_tokens: count,
        cost: credits.describe("In credits."),
      })
      .nullable(),
    store: z.literal(false).describe("Nothing is stored."),
  })
  .describe("OpenAI's response.");
