import { z } from "zod";
import { listedAgentView, ownAgentView } from "../agents/index.ts";
import { ownAuditEntryView } from "../audit/index.ts";
import {
  apiKeyView,
  identityView,
  mailPreferencesView,
  sessionView,
  signInMethodsView,
  userView,
} from "../auth/index.ts";
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
import { keptChatView } from "../kept/index.ts";
import {
  chatView,
  creditBalanceView,
  dailyUsageView,
  entryView,
  grantView,
  usageShape,
} from "../usage/index.ts";

/** Everything that a user has, as one document. Lists are newest first unless described. */
export const exportedUserView = named("ExportedUser", {
  profile: z.strictObject({
    ...userView.shape,
    assignedPlanId: z.string().nullable(),
    firstPaidAt: time.nullable(),
    externalId: z.string().nullable(),
    metadata: z.record(z.string(), z.string()).nullable(),
  }),
  mailPreferences: mailPreferencesView,
  sessions: z.array(sessionView.omit({ isCurrent: true })),
  signInMethods: signInMethodsView,
  identities: z.array(identityView),
  signInPlaces: z
    .array(z.strictObject({ device: z.string(), country: z.string(), firstAt: time }))
    .describe("Devices and countries the user has signed in from."),
  apiKeys: z.array(apiKeyView),
  usage: z.strictObject(usageShape),
  credits: creditBalanceView,
  grants: z.array(grantView),
  ledger: z.array(entryView),
  chats: z.array(chatView),
  keptChats: z
    .array(keptChatView)
    .nullable()
    .describe("Oldest first. Null for admins: only the owner sees prompts and replies."),
  dailyUsage: dailyUsageView.shape.days,
  orders: z.array(orderView),
  checkoutSessions: z.array(checkoutSessionView),
  subscriptions: z.array(subscriptionView),
  invoices: z.array(recordedInvoiceView),
  agents: z
    .array(z.union([ownAgentView, listedAgentView]))
    .describe("Without system prompts for admins."),
  licences: z.array(licenceView),
  sales: z.array(saleView),
  audit: z.array(ownAuditEntryView),
  conversations: z
    .array(z.strictObject({ ...conversationView.shape, messages: z.array(messageView) }))
    .nullable()
    .describe("Oldest first. Null for admins: only the owner sees conversations."),
});
export type ExportedUserView = z.infer<typeof exportedUserView>;
