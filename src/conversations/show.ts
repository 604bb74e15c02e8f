import { toCredits } from "../units.ts";
import type { AnsweredTurn, Conversation, ConversationPaymentState, Message } from "./types.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/** A conversation as the wire shows it. */
export const showConversation = (
  { id, title, agentId, model, systemPrompt, createdAt, updatedAt }: Conversation,
  { paymentStatus, paymentRequired }: ConversationPaymentState,
) => ({
  id,
  title,
  agentId,
  model,
  systemPrompt,
  paymentStatus,
  paymentRequired,
  createdAt: iso(createdAt),
  updatedAt: iso(updatedAt),
});

const showUsage = (usage: Message["fare"]) =>
  usage === null || usage.inputTokens === null || usage.outputTokens === null
    ? null
    : { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens };
const showCost = (usage: Message["fare"]): number | null =>
  usage === null ? null : toCredits(usage.microcredits);

/**
 * A message as the wire shows it. `model`, `usage` and `cost` (credits) are those of a model's
 * reply; null of anything else.
 */
export const showMessage = ({
  id,
  role,
  content,
  status,
  error,
  fare: usage,
  createdAt,
}: Message) => ({
  id,
  role,
  content,
  status,
  error,
  model: usage?.model ?? null,
  usage: showUsage(usage),
  cost: showCost(usage),
  createdAt: iso(createdAt),
});

/** What a turn answers. */
export const showTurn = ({ conversationId, asked: userMessage, reply }: AnsweredTurn) => ({
  conversationId,
  userMessage: showMessage(userMessage),
  message: showMessage(reply),
  usage: showUsage(reply.fare),
  cost: showCost(reply.fare),
});
