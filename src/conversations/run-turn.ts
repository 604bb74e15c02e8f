import { recordAgentConversation } from "../agents/index.ts";
import type { Caller } from "../auth/index.ts";
import { type ChatTextAnswer, chatText } from "../chat/index.ts";
import type { Context } from "../context.ts";
import { type Failure, ok, type Result } from "../errors.ts";
import { toMicrocredits } from "../units.ts";
import { splitContext } from "./context-budget.ts";
import { endTurnWithRetries } from "./end-turn-with-retries.ts";
import { chatHistory } from "./history.ts";
import { requirePaidConversation, withPaymentUrl } from "./payment.ts";
import { relayReply } from "./relay-reply.ts";
import { type ChatTarget, resolveTarget, resolveTurnTarget } from "./resolve-target.ts";
import type {
  AnsweredTurn,
  BeginTurnCommand,
  NewConversation,
  Turn,
  TurnEnd,
  TurnKey,
} from "./types.ts";

/** The context of a turn: its caller, and a way to finish something after the reply. */
export interface TurnContext extends Context {
  readonly caller: Caller;
  readonly requestId: string;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** What the user says, and where. Without a conversation one is made. */
export interface TurnRequest {
  readonly conversationId: string | null;
  /** With whom a new conversation is. */
  readonly agentId: string | null;
  /** Who replies, this time; null for whoever the conversation is with. */
  readonly model: string | null;
  readonly message: string;
  readonly stream: boolean;
  readonly key: TurnKey | null;
}

type Headers = Readonly<Record<string, string>>;

/** `conversationId` of a refusal: of the conversation that has the failed message. */
export type TurnAnswer =
  | {
      readonly kind: "refused";
      readonly failure: Failure;
      readonly rate: Extract<ChatTextAnswer, { kind: "refused" }>["rate"];
      readonly conversationId: string | null;
    }
  | {
      readonly kind: "answered";
      readonly answered: AnsweredTurn;
      readonly headers: Headers;
      readonly replayed: boolean;
    }
  | {
      readonly kind: "stream";
      readonly stream: ReadableStream<Uint8Array>;
      readonly headers: Headers;
      readonly conversationId: string;
    };

const toRefusal = (failure: Failure): TurnAnswer => ({
  kind: "refused",
  failure,
  rate: null,
  conversationId: null,
});

/**
 * What a vendor says of a request may repeat it: where the system prompt is another user's, its
 * words are kept back.
 */
const hideVendorMessage = (failure: Failure): Failure =>
  failure.code === "invalid_request"
    ? {
        code: "upstream_error",
        message: "The agent's model refused the request. Nothing was charged.",
      }
    : failure;

/** A turn that goes on: where it is, who replies, and how to write down how it ended. */
interface TurnState {
  readonly context: TurnContext;
  readonly request: TurnRequest;
  readonly turn: Turn;
  readonly target: ChatTarget;
  readonly endTurn: (end: TurnEnd) => Promise<AnsweredTurn | null>;
}

async function requestReply({
  context,
  request,
  turn,
  target,
  endTurn,
}: TurnState): Promise<TurnAnswer> {
  const { config, waitUntil } = context;
  const { conversationId, asked: userMessage, history } = turn;
  const { model, systemPrompt } = target;
  const system = systemPrompt === null ? [] : [{ role: "system" as const, content: systemPrompt }];
  const maxTokens = splitContext(model, systemPrompt).replyTokens(turn.historyTokens);
  let reply: ChatTextAnswer;
  try {
    reply = await chatText(context, {
      model: model.id,
      messages: [...system, ...history],
      maxTokens,
      stream: request.stream,
    });
  } catch (error) {
    await endTurn({ kind: "failed", code: "internal_error" });
    throw error;
  }
  switch (reply.kind) {
    case "refused": {
      const { upstreamCalled, rate } = reply;
      const failure =
        target.agent?.isSecret === true && upstreamCalled
          ? hideVendorMessage(reply.failure)
          : reply.failure;
      const withConversation = request.conversationId === null;
      await endTurn(
        upstreamCalled
          ? { kind: "failed", code: failure.code }
          : { kind: "dropped", withConversation },
      );
      return {
        kind: "refused",
        failure,
        rate,
        conversationId: upstreamCalled ? conversationId : null,
      };
    }
    case "whole": {
      const { text, endedInError, usage, cost } = reply.reply;
      const replyUsage = {
        model: model.id,
        inputTokens: usage?.input ?? null,
        outputTokens: usage?.output ?? null,
        microcredits: toMicrocredits(cost),
      };
      const answered = await endTurn({
        kind: "answered",
        text,
        status: endedInError ? "partial" : "complete",
        fare: replyUsage,
      });
      if (answered !== null)
        return { kind: "answered", answered, headers: reply.headers, replayed: false };
      return toRefusal({
        code: "not_found",
        message: "The conversation was deleted while it was being answered.",
      });
    }
    case "stream": {
      const createdSeconds = Math.floor(userMessage.createdAt / 1000);
      const head = { conversationId, asked: userMessage, model: model.id, createdSeconds };
      const { stream, work } = relayReply({
        head,
        answer: reply,
        publicUrl: config.PUBLIC_URL,
        endTurn,
      });
      waitUntil(work);
      return { kind: "stream", stream, headers: reply.headers, conversationId };
    }
  }
}

/** Where a turn is taken, and who replies. */
interface TurnTarget {
  readonly target: ChatTarget;
  readonly conversation: BeginTurnCommand["conversation"];
}

/** Finds where a turn is taken, and whether it may be. */
async function resolveTurn(
  context: TurnContext,
  request: TurnRequest,
): Promise<Result<TurnTarget>> {
  const { env, db, nowMs } = context;
  const { userId } = context.caller;
  const targetContext = { env, db, userId, nowMs };
  const unpaid = await requirePaidConversation(env, userId, request.conversationId);
  if (request.conversationId === null) {
    if (unpaid !== null) return { ok: false, failure: unpaid };
    const target = await resolveTarget(targetContext, {
      agentId: request.agentId,
      model: request.model,
      systemPrompt: null,
    });
    if (!target.ok) return target;
    const { model, agent } = target.value;
    const create: NewConversation = {
      title: null,
      agentId: request.agentId,
      model: agent === null ? model.id : null,
      systemPrompt: null,
      greeting: agent?.greeting ?? null,
    };
    return ok({ target: target.value, conversation: { create } });
  }
  const conversation = await chatHistory(env, userId).conversation(request.conversationId);
  if (!conversation.ok) return conversation;
  if (unpaid !== null)
    return {
      ok: false,
      failure: await withPaymentUrl(context, userId, conversation.value.id, unpaid),
    };
  const target = await resolveTurnTarget(targetContext, conversation.value, request);
  return target.ok
    ? ok({ target: target.value, conversation: { id: conversation.value.id } })
    : target;
}

/**
 * One turn of a conversation: what the user says is written down, the model is asked by the same
 * paid path as any chat, and what it replies is written down. Must be kept alive until it is over.
 */
export async function runTurn(context: TurnContext, request: TurnRequest): Promise<TurnAnswer> {
  const { env, db, config, caller } = context;
  const { userId } = caller;
  const resolved = await resolveTurn(context, request);
  if (!resolved.ok) return toRefusal(resolved.failure);
  const { target, conversation } = resolved.value;
  const { messageTokens } = splitContext(target.model, target.systemPrompt);
  const begun = await chatHistory(env, userId).begin({
    conversation,
    text: request.message,
    key: request.key,
    room: { messageTokens },
    ttlSeconds: config.HOLD_TTL_SECONDS,
  });
  if (begun.kind === "refused") return toRefusal(begun.failure);
  if (begun.kind === "replay")
    return { kind: "answered", answered: begun.answered, headers: {}, replayed: true };
  const { turn } = begun;
  const { conversationId, asked: userMessage } = turn;
  const endTurn = async (end: TurnEnd): Promise<AnsweredTurn | null> => {
    const answered = await endTurnWithRetries(env, userId, {
      conversationId,
      place: userMessage.place,
      end,
    });
    // A greeting comes before the first message.
    if (answered !== null && userMessage.place <= 1 && target.agent !== null)
      await recordAgentConversation(db, target.agent);
    return answered;
  };
  const answered = await requestReply({ context, request, turn, target, endTurn });
  if (
    answered.kind !== "refused" ||
    answered.failure.code !== "insufficient_quota" ||
    !("id" in conversation)
  )
    return answered;
  return {
    ...answered,
    failure: await withPaymentUrl(context, userId, conversation.id, answered.failure),
  };
}
