import type { Failure } from "../errors.ts";
import { errorBody } from "../http/respond.ts";
import { toCredits } from "../units.ts";
import { showAnswered } from "./show.ts";
import type { Answered, Message } from "./types.ts";

const BROKE_OFF: Failure = {
  code: "upstream_error",
  message: "The reply broke off. What was not sent was not charged.",
};

/** What every frame of one reply says of it. */
export interface Speaker {
  readonly conversationId: string;
  /** The user's message: a client knows by it what the reply is to. */
  readonly asked: Pick<Message, "id">;
  readonly model: string;
  readonly createdSeconds: number;
}

const event = (json: object): string => `data: ${JSON.stringify(json)}\n\n`;

const chunk = ({ conversationId, asked, model, createdSeconds }: Speaker, more: object): string =>
  event({
    id: asked.id,
    object: "chat.completion.chunk",
    created: createdSeconds,
    model,
    conversationId,
    ...more,
  });

const choice = (speaker: Speaker, delta: object, finishReason: string | null): string =>
  chunk(speaker, { choices: [{ index: 0, delta, finish_reason: finishReason }] });

/**
 * Frames of a reply, as OpenAI streams them, with `conversationId` in each, and the stored message
 * in the last before `[DONE]`.
 */
export const frames = {
  begin: (speaker: Speaker): string => choice(speaker, { role: "assistant", content: "" }, null),
  delta: (speaker: Speaker, text: string): string => choice(speaker, { content: text }, null),
  finish: (speaker: Speaker, reason: string): string => choice(speaker, {}, reason),
  stored(speaker: Speaker, answered: Answered): string {
    const { inputTokens = null, outputTokens = null, microcredits = 0 } = answered.reply.fare ?? {};
    const counted =
      inputTokens === null || outputTokens === null
        ? {}
        : {
            prompt_tokens: inputTokens,
            completion_tokens: outputTokens,
            total_tokens: inputTokens + outputTokens,
          };
    const { userMessage, message } = showAnswered(answered);
    return chunk(speaker, {
      choices: [],
      usage: { ...counted, cost: toCredits(microcredits) },
      userMessage,
      message,
    });
  },
  error: (failure: Failure, publicUrl: string): string => event(errorBody(failure, publicUrl)),
  /** What stands in place of `done` after a reply that is not whole. */
  brokeOff: (publicUrl: string): string => event(errorBody(BROKE_OFF, publicUrl)),
  done: "data: [DONE]\n\n",
};
