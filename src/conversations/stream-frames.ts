import type { Failure } from "../errors.ts";
import { errorBody } from "../http/respond.ts";
import { toCredits } from "../units.ts";
import { showTurn } from "./show.ts";
import type { AnsweredTurn, Message } from "./types.ts";

const REPLY_CUT_OFF: Failure = {
  code: "upstream_error",
  message: "The reply was cut short. You're only charged for the text you received.",
};

/** The fields that every frame of one reply has. */
export interface StreamHead {
  readonly conversationId: string;
  /** The user's message: by it a client knows what is answered. */
  readonly asked: Pick<Message, "id">;
  readonly model: string;
  readonly createdSeconds: number;
}

const event = (json: object): string => `data: ${JSON.stringify(json)}\n\n`;

const chunk = (
  { conversationId, asked, model, createdSeconds }: StreamHead,
  more: object,
): string =>
  event({
    id: asked.id,
    object: "chat.completion.chunk",
    created: createdSeconds,
    model,
    conversationId,
    ...more,
  });

const choice = (head: StreamHead, delta: object, finishReason: string | null): string =>
  chunk(head, { choices: [{ index: 0, delta, finish_reason: finishReason }] });

/**
 * Formats the frames of a reply as OpenAI streams them, with `conversationId` in each, and the
 * stored message in the last before `[DONE]`.
 */
export const frames = {
  begin: (head: StreamHead): string => choice(head, { role: "assistant", content: "" }, null),
  delta: (head: StreamHead, text: string): string => choice(head, { content: text }, null),
  reasoning: (head: StreamHead, text: string): string => choice(head, { reasoning: text }, null),
  finish: (head: StreamHead, reason: string): string => choice(head, {}, reason),
  stored(head: StreamHead, answered: AnsweredTurn): string {
    const { inputTokens = null, outputTokens = null, microcredits = 0 } = answered.reply.fare ?? {};
    const counted =
      inputTokens === null || outputTokens === null
        ? {}
        : {
            prompt_tokens: inputTokens,
            completion_tokens: outputTokens,
            total_tokens: inputTokens + outputTokens,
          };
    const { userMessage, message } = showTurn(answered);
    return chunk(head, {
      choices: [],
      usage: { ...counted, cost: toCredits(microcredits) },
      userMessage,
      message,
    });
  },
  error: (failure: Failure, publicUrl: string): string => event(errorBody(failure, publicUrl)),
  /** Comes in place of `done` after a reply that is not whole. */
  brokeOff: (publicUrl: string): string => event(errorBody(REPLY_CUT_OFF, publicUrl)),
  done: "data: [DONE]\n\n",
};
