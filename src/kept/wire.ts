import { z } from "zod";
import { named, time } from "../http/answer-fields.ts";

/** The prompt and the reply of a chat, as its key has them kept. */
export const keptChatView = named("KeptChat", {
  id: z.string(),
  keptAt: time,
  expiresAt: time.describe("It is deleted then."),
  request: z
    .string()
    .describe("The request's JSON, in the format of chat completions, without large images."),
  requestTruncated: z.boolean(),
  reply: z
    .string()
    .nullable()
    .describe(
      "The reply in the format of chat completions, a stream as it was sent. Null if it was too " +
        "large to be read.",
    ),
  replyTruncated: z.boolean(),
  streamed: z.boolean(),
});
export type KeptChatView = z.infer<typeof keptChatView>;
