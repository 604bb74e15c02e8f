import { toCredits } from "../units.ts";
import type { Answered, Conversation, Message, ConversationPaymentState } from "./types.ts";

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

const showUsage = (fare: Message["fare"]) =>
  fare === null || fare.inputTokens === null || fare.outputTokens === null
    ? null
    : { inputTokens: fare.inputTokens, outputTokens: fare.outputTokens };
const showCost = (fare: Message["fare"]): number | null =>
  fare === null ? null : toCredits(fare.microcredits);

/**
 * A message as the wire shows it. `model`, `usage` and `cost` (credits) are those of a model's
 * reply; null of anything else.
 */
export const showMessage = ({ id, role, content, status, error, fare, createdAt }: Message) => ({
  id,
  role,
  content,
  status,
  error,
  model: fare?.model ?? null,
  usage: showUsage(fare),
  cost: showCost(fare),
  createdAt: iso(createdAt),
});

/** What a turn answers. */
export const showAnswered = ({ conversationId, asked: userMessage, reply }: Answered) => ({
  conversationId,
  userMessage: showMessage(userMessage),
  message: showMessage(reply),
  usage: showUsage(reply.fare),
  cost: showCost(reply.fare),
});
