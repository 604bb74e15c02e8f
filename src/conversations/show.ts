import { toIso } from "../time.ts";
import { toCredits } from "../units.ts";
import type { AnsweredTurn, Conversation, ConversationPaymentState, Message } from "./types.ts";
import type { ConversationView, MessageView, TurnView } from "./wire.ts";

/** Shows a conversation, with the state of its payment. */
export const showConversation = (
  { id, title, agentId, model, systemPrompt, createdAt, updatedAt }: Conversation,
  { paymentStatus, stripeSessionId, paymentRequired }: ConversationPaymentState,
): ConversationView => ({
  id,
  title,
  agentId,
  model,
  systemPrompt,
  paymentStatus,
  stripeSessionId,
  paymentRequired,
  createdAt: toIso(createdAt),
  updatedAt: toIso(updatedAt),
});

const showUsage = (usage: Message["fare"]): MessageView["usage"] =>
  usage === null || usage.inputTokens === null || usage.outputTokens === null
    ? null
    : { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens };
const showCost = (usage: Message["fare"]): number | null =>
  usage === null ? null : toCredits(usage.microcredits);

/**
 * Shows a message. `model`, `usage` and `cost` (credits) are those of a model's reply, and null for
 * any other message.
 */
export const showMessage = ({
  id,
  role,
  content,
  status,
  error,
  fare: usage,
  createdAt,
  parentId,
  branches,
}: Message): MessageView => ({
  id,
  role,
  content,
  status,
  error,
  model: usage?.model ?? null,
  usage: showUsage(usage),
  cost: showCost(usage),
  createdAt: toIso(createdAt),
  parentId,
  branches: [...branches],
});

/** Shows a turn that was answered. */
export const showTurn = ({ conversationId, asked, reply }: AnsweredTurn): TurnView => ({
  conversationId,
  userMessage: showMessage(asked),
  message: showMessage(reply),
  usage: showUsage(reply.fare),
  cost: showCost(reply.fare),
});
