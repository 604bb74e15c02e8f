import { z } from "zod";
import { listedAgentView, ownAgentView } from "../agents/index.ts";
import { ownAuditEntryView } from "../audit/index.ts";
import { apiKeyView, userView } from "../auth/index.ts";
import {
  checkoutSessionView,
  licenceView,
  orderView,
  recordedInvoiceView,
  saleView,
  subscriptionView,
} from "../billing/index.ts";
import { conversationView, messageView } from "../conversations/index.ts";
import { named, time } from "../http/answer-fields.ts";
import {
  chatView,
  creditBalanceView,
  dailyUsageView,
  entryView,
  grantView,
  usageView,
} from "../usage/index.ts";

/** Everything that a user has, as one document. Lists are newest first unless described. */
export const exportedUserView = named("ExportedUser", {
  profile: z.strictObject({
    ...userView.shape,
    assignedPlanId: z.string().nullable(),
    firstPaidAt: time.nullable(),
  }),
  sessions: z.array(
    z.strictObject({ id: z.string(), createdAt: time, refreshedAt: time, expiresAt: time }),
  ),
  apiKeys: z.array(apiKeyView),
  usage: usageView,
  credits: creditBalanceView,
  grants: z.array(grantView),
  ledger: z.array(entryView),
  chats: z.array(chatView),
  dailyUsage: dailyUsageView.shape.days,
  orders: z.array(orderView),
  checkoutSessions: z.array(checkoutSessionView),
  subscriptions: z.array(subscriptionView),
  invoices: z.array(recordedInvoiceView),
  agents: z
    .array(z.union([ownAgentView, listedAgentView]))
    .describe("For an admin without their system prompts."),
  licences: z.array(licenceView),
  sales: z.array(saleView),
  audit: z.array(ownAuditEntryView),
  conversations: z
    .array(z.strictObject({ ...conversationView.shape, messages: z.array(messageView) }))
    .nullable()
    .describe("Oldest first. Null for an admin: what was said is its owner's alone."),
});
export type ExportedUserView = z.infer<typeof exportedUserView>;
