import { recordAgentConversation } from "../agents/index.ts";
import type { Caller } from "../auth/index.ts";
import { type TalkAnswer, talk } from "../chat/index.ts";
import type { Config } from "../config.ts";
import { database } from "../db.ts";
import type { Env } from "../env.ts";
import { type Failure, ok, type Result } from "../errors.ts";
import { toMicrocredits } from "../units.ts";
import { endSafely } from "./end-safely.ts";
import { divide } from "./fit.ts";
import { chatHistory } from "./history.ts";
import { type Partner, partnerIn, partnerOf } from "./partner.ts";
import { unpaidRefusal, withPaymentUrl } from "./payment.ts";
import { relayReply } from "./relay.ts";
import type { Answered, BeginTurn, NewConversation, Turn, TurnEnd, TurnKey } from "./types.ts";

/**
 * What a turn runs in: bindings, settings, who asks, and the means to finish something after the
 * reply.
 */
export interface TurnContext {
  readonly env: Env;
  readonly config: Config;
  readonly caller: Caller;
  readonly requestId: string;
  /** When the request came, in ms. */
  readonly receivedAt: number;
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
      readonly rate: Extract<TalkAnswer, { kind: "refused" }>["rate"];
      readonly conversationId: string | null;
    }
  | {
      readonly kind: "answered";
      readonly answered: Answered;
      readonly headers: Headers;
      readonly replayed: boolean;
    }
  | {
      readonly kind: "stream";
      readonly stream: ReadableStream<Uint8Array>;
      readonly headers: Headers;
      readonly conversationId: string;
    };

const refused = (failure: Failure): TurnAnswer => ({
  kind: "refused",
  failure,
  rate: null,
  conversationId: null,
});

/**
 * What a vendor says of a request may repeat it: where the system prompt is another user's, its
 * words are kept back.
 */
const withoutVendorsWords = (failure: Failure): Failure =>
  failure.code === "invalid_request"
    ? {
        code: "upstream_error",
        message: "The agent's model refused the request. Nothing was charged.",
      }
    : failure;

/** A turn that goes on: where it is, who replies, and how to write down how it ended. */
interface Going {
  readonly context: TurnContext;
  readonly request: TurnRequest;
  readonly turn: Turn;
  readonly partner: Partner;
  readonly store: (end: TurnEnd) => Promise<Answered | null>;
}

async function answer({ context, request, turn, partner, store }: Going): Promise<TurnAnswer> {
  const { config, waitUntil } = context;
  const { conversationId, asked: userMessage, history } = turn;
  const { model, systemPrompt } = partner;
  const system = systemPrompt === null ? [] : [{ role: "system" as const, content: systemPrompt }];
  const maxTokens = divide(model, systemPrompt).replyTokens(turn.historyTokens);
  let talked: TalkAnswer;
  try {
    talked = await talk(context, {
      model: model.id,
      messages: [...system, ...history],
      maxTokens,
      stream: request.stream,
    });
  } catch (error) {
    await store({ kind: "failed", code: "internal_error" });
    throw error;
  }
  switch (talked.kind) {
    case "refused": {
      const { upstreamCalled: wasAsked, rate } = talked;
      const failure =
        partner.talker?.isSecret === true && wasAsked
          ? withoutVendorsWords(talked.failure)
          : talked.failure;
      const withConversation = request.conversationId === null;
      await store(
        wasAsked ? { kind: "failed", code: failure.code } : { kind: "dropped", withConversation },
      );
      return { kind: "refused", failure, rate, conversationId: wasAsked ? conversationId : null };
    }
    case "whole": {
      const { text, brokeOff, usage, cost } = talked.whole;
      const fare = {
        model: model.id,
        inputTokens: usage?.input ?? null,
        outputTokens: usage?.output ?? null,
        microcredits: toMicrocredits(cost),
      };
      const answered = await store({
        kind: "answered",
        text,
        status: brokeOff ? "partial" : "complete",
        fare,
      });
      if (answered !== null)
        return { kind: "answered", answered, headers: talked.headers, replayed: false };
      return refused({
        code: "not_found",
        message: "The conversation was deleted while it was being answered.",
      });
    }
    case "stream": {
      const createdSeconds = Math.floor(userMessage.createdAt / 1000);
      const speaker = { conversationId, asked: userMessage, model: model.id, createdSeconds };
      const { stream, work } = relayReply({
        speaker,
        answer: talked,
        publicUrl: config.PUBLIC_URL,
        store,
      });
      waitUntil(work);
      return { kind: "stream", stream, headers: talked.headers, conversationId };
    }
  }
}

/** Where a turn is taken, and who replies. */
interface Scene {
  readonly partner: Partner;
  readonly where: BeginTurn["conversation"];
}

/** Finds where a turn is taken, and whether it may be. */
async function sceneOf(
  { env, config, caller }: TurnContext,
  request: TurnRequest,
  nowMs: number,
): Promise<Result<Scene>> {
  const { userId } = caller;
  const place = { env, db: database(env.DB), userId, nowMs };
  const unpaid = await unpaidRefusal(env, userId, request.conversationId);
  if (request.conversationId === null) {
    if (unpaid !== null) return { ok: false, failure: unpaid };
    const partner = await partnerOf(place, {
      agentId: request.agentId,
      model: request.model,
      systemPrompt: null,
    });
    if (!partner.ok) return partner;
    const { model, talker } = partner.value;
    const create: NewConversation = {
      title: null,
      agentId: request.agentId,
      model: talker === null ? model.id : null,
      systemPrompt: null,
      greeting: talker?.greeting ?? null,
    };
    return ok({ partner: partner.value, where: { create } });
  }
  const conversation = await chatHistory(env, userId).conversation(request.conversationId);
  if (!conversation.ok) return conversation;
  if (unpaid !== null)
    return {
      ok: false,
      failure: await withPaymentUrl(env, config, userId, conversation.value.id, unpaid, nowMs),
    };
  const partner = await partnerIn(place, conversation.value, request);
  return partner.ok
    ? ok({ partner: partner.value, where: { id: conversation.value.id } })
    : partner;
}

/**
 * One turn of a conversation: what the user says is written down, the model is asked by the same
 * paid path as any chat, and what it replies is written down. Must be kept alive until it is over.
 */
export async function takeTurn(context: TurnContext, request: TurnRequest): Promise<TurnAnswer> {
  const { env, config, caller } = context;
  const { userId } = caller;
  const nowMs = Date.now();
  const scene = await sceneOf(context, request, nowMs);
  if (!scene.ok) return refused(scene.failure);
  const { partner, where } = scene.value;
  const { messageTokens } = divide(partner.model, partner.systemPrompt);
  const begun = await chatHistory(env, userId).begin({
    conversation: where,
    text: request.message,
    key: request.key,
    room: { messageTokens },
    ttlSeconds: config.HOLD_TTL_SECONDS,
  });
  if (begun.kind === "refused") return refused(begun.failure);
  if (begun.kind === "replay")
    return { kind: "answered", answered: begun.answered, headers: {}, replayed: true };
  const { turn } = begun;
  const { conversationId, asked: userMessage } = turn;
  const store = async (end: TurnEnd): Promise<Answered | null> => {
    const answered = await endSafely(env, userId, { conversationId, place: userMessage.place, end });
    // A greeting comes before the first message.
    if (answered !== null && userMessage.place <= 1 && partner.talker !== null)
      await recordAgentConversation(database(env.DB), partner.talker);
    return answered;
  };
  const answered = await answer({ context, request, turn, partner, store });
  if (
    answered.kind !== "refused" ||
    answered.failure.code !== "insufficient_quota" ||
    !("id" in where)
  )
    return answered;
  return {
    ...answered,
    failure: await withPaymentUrl(env, config, userId, where.id, answered.failure, nowMs),
  };
}
