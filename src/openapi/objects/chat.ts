import { z } from "zod";
import { ORDER_STATUSES } from "../../billing/index.ts";
import { count, credits, currency, list, minor, named, time } from "../../http/answer-fields.ts";

const text = z.string().nullable();

const conversation = named("Conversation", {
  id: z.string(),
  title: text,
  agentId: text,
  model: text,
  systemPrompt: text,
  paymentStatus: z.enum(["unpaid", "pending", "paid", "failed"]),
  paymentRequired: z.boolean(),
  createdAt: time,
  updatedAt: time,
});
const tokens = z.strictObject({ inputTokens: count, outputTokens: count }).nullable();
const message = named("Message", {
  id: z.string(),
  role: z.enum(["user", "assistant"]),
  content: z.string(),
  status: z.enum(["pending", "complete", "partial", "failed"]),
  error: text,
  model: text,
  usage: tokens,
  cost: credits.nullable(),
  createdAt: time,
});

export { conversation, message };
export const conversationExport = z.strictObject({ conversation, messages: z.array(message) });
export const turn = named("Turn", {
  conversationId: z.string(),
  userMessage: message,
  message,
  usage: tokens,
  cost: credits.nullable(),
});

const listing = {
  id: z.string(),
  name: z.string(),
  description: z.string(),
  avatarUrl: text,
  model: z.string(),
  greeting: text,
  tools: z.array(z.string()),
  visibility: z.enum(["private", "listed"]),
  priceMinor: minor.nullable(),
  currency: text,
  popularity: count,
  createdAt: time,
  updatedAt: time,
};
export const listedAgent = named("ListedAgent", listing);
export const ownAgent = named("OwnAgent", {
  ...listing,
  systemPrompt: z.string(),
  access: z.literal("own"),
});
export const othersAgent = named("OthersAgent", {
  ...listing,
  access: z.enum(["licensed", "free"]).nullable().describe("Null: listed, and not bought."),
});
export const anyAgent = z.union([ownAgent, othersAgent]);

export const earningsPage = list(
  named("AgentSale", {
    orderId: z.string(),
    agentId: text,
    title: z.string(),
    currency,
    amountMinor: minor,
    paidMinor: minor,
    refundedMinor: minor,
    shareMinor: minor.describe("The creator's share, and what is left of it after refunds."),
    operatorShareMinor: minor,
    earnedMinor: minor,
    status: z.enum(ORDER_STATUSES),
    soldAt: time,
  }),
);
