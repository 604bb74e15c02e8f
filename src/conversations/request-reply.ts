import { type ChatTextAnswer, chatText } from "../chat/index.ts";
import type { Failure } from "../errors.ts";
import { SECOND_MS } from "../time.ts";
import { toMicrocredits } from "../units.ts";
import { splitContext } from "./context-budget.ts";
import { relayReply } from "./relay-reply.ts";
import type { ChatTarget } from "./resolve-target.ts";
import { type TurnAnswer, type TurnContext, type TurnRequest, toRefusal } from "./turn.ts";
import type { AnsweredTurn, Turn, TurnEnd } from "./types.ts";

/** A turn under way. */
interface TurnState {
  readonly context: TurnContext;
  readonly request: TurnRequest;
  readonly turn: Turn;
  readonly target: ChatTarget;
  /** Stores how the turn ended. */
  readonly endTurn: (end: TurnEnd) => Promise<AnsweredTurn | null>;
}

type Answer<Kind> = Extract<ChatTextAnswer, { kind: Kind }>;

/**
 * Hides a vendor's words about a request, which may repeat it: for a system prompt that is another
 * user's.
 */
const hideVendorMessage = (failure: Failure): Failure =>
  failure.code === "invalid_request"
    ? {
        code: "upstream_error",
        message: "The agent's model rejected the request. You weren't charged.",
      }
    : failure;

async function endRefused(
  { request, turn, target, endTurn }: TurnState,
  { failure: original, upstreamCalled, rate }: Answer<"refused">,
): Promise<TurnAnswer> {
  if (!upstreamCalled) {
    await endTurn({ kind: "dropped", withConversation: request.conversationId === null });
    return { kind: "refused", failure: original, rate, conversationId: null };
  }
  const isSecret = target.agent?.isSecret === true;
  const failure = isSecret ? hideVendorMessage(original) : original;
  await endTurn({ kind: "failed", code: failure.code });
  return { kind: "refused", failure, rate, conversationId: turn.conversationId };
}

async function endWhole(
  { target, endTurn }: TurnState,
  { headers, reply }: Answer<"whole">,
): Promise<TurnAnswer> {
  const { text, endedInError, usage, cost } = reply;
  const answered = await endTurn({
    kind: "answered",
    text,
    status: endedInError ? "partial" : "complete",
    error: endedInError ? "upstream_error" : null,
    fare: {
      model: target.model.id,
      inputTokens: usage?.input ?? null,
      outputTokens: usage?.output ?? null,
      microcredits: toMicrocredits(cost),
    },
  });
  if (answered !== null) return { kind: "answered", answered, headers, replayed: false };
  return toRefusal({
    code: "not_found",
    message: "The conversation was deleted while the reply was being written.",
  });
}

function relayStream(
  { context, turn, target, endTurn }: TurnState,
  answer: Answer<"stream">,
): TurnAnswer {
  const { conversationId, asked } = turn;
  const createdSeconds = Math.floor(asked.createdAt / SECOND_MS);
  const head = { conversationId, asked, model: target.model.id, createdSeconds };
  const publicUrl = context.config.PUBLIC_URL;
  const { stream, work } = relayReply({ head, answer, publicUrl, endTurn });
  context.waitUntil(work);
  return { kind: "stream", stream, headers: answer.headers, conversationId };
}

/** Requests the reply of a turn that has begun, and ends the turn with it. */
export async function requestReply(state: TurnState): Promise<TurnAnswer> {
  const { context, request, turn, target, endTurn } = state;
  const { model, systemPrompt } = target;
  const system = systemPrompt === null ? [] : [{ role: "system" as const, content: systemPrompt }];
  let answer: ChatTextAnswer;
  try {
    answer = await chatText(context, {
      model: model.id,
      messages: [...system, ...turn.history],
      maxTokens: splitContext(model, systemPrompt).replyTokens(turn.historyTokens),
      stream: request.stream,
    });
  } catch (error) {
    await endTurn({ kind: "failed", code: "internal_error" });
    throw error;
  }
  switch (answer.kind) {
    case "refused":
      return await endRefused(state, answer);
    case "whole":
      return await endWhole(state, answer);
    case "stream":
      return relayStream(state, answer);
  }
}
