import { z } from "zod";
import { count, credits, named, time } from "../http/answer-fields.ts";

const text = z.string().nullable();

export const conversationView = named("Conversation", {
  id: z.string(),
  title: text,
  agentId: text,
  model: text,
  systemPrompt: text,
  paymentStatus: z.enum(["unpaid", "pending", "paid", "failed"]),
  stripeSessionId: text.describe("The Stripe checkout session ID (cs_…)."),
  paymentRequired: z.boolean(),
  createdAt: time,
  updatedAt: time,
});
export type ConversationView = z.infer<typeof conversationView>;

const usage = z.strictObject({ inputTokens: count, outputTokens: count }).nullable();

export const messageView = named("Message", {
  id: z.string(),
  role: z.enum(["user", "assistant"]),
  content: z.string(),
  status: z.enum(["pending", "complete", "partial", "failed"]),
  error: text.describe(
    "Why a message failed, or a reply is partial: `client_gone` if its reader left.",
  ),
  model: text,
  usage,
  cost: credits.nullable(),
  createdAt: time,
  parentId: text.describe("The message before it in its branch."),
  branches: z
    .array(z.string())
    .describe(
      "The messages that stand in its place, oldest first. Empty where it is the only one.",
    ),
});
export type MessageView = z.infer<typeof messageView>;

/** A user's message and its reply. `usage` and `cost` are the reply's. */
export const turnView = named("Turn", {
  conversationId: z.string(),
  userMessage: messageView,
  message: messageView,
  usage,
  cost: credits.nullable(),
});
export type TurnView = z.infer<typeof turnView>;

export const conversationExportView = z.strictObject({
  conversation: conversationView,
  messages: z.array(messageView),
});
