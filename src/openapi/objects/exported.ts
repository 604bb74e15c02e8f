import { z } from "zod";
import { ownAuditEntryView } from "../../audit/index.ts";
import {
  checkoutSessionView,
  licenceView,
  orderView,
  recordedInvoiceView,
  saleView,
  subscriptionView,
} from "../../billing/index.ts";
import { named, time } from "../../http/answer-fields.ts";
import * as talking from "./chat.ts";
import * as users from "./users.ts";

const text = z.string().nullable();

/** What `GET /api/users/:userId/export` holds. */
export const exportedUser = named("ExportedUser", {
  profile: z.strictObject({
    ...users.user.shape,
    assignedPlanId: text,
    firstPaidAt: time.nullable(),
  }),
  sessions: z.array(
    z.strictObject({ id: z.string(), createdAt: time, refreshedAt: time, expiresAt: time }),
  ),
  apiKeys: users.apiKeys.shape.keys,
  usage: users.usage,
  credits: users.creditBalance,
  grants: z.array(users.grant),
  ledger: users.ledgerPage.shape.data,
  chats: users.chatPage.shape.data,
  dailyUsage: users.dailyUsage.shape.days,
  orders: z.array(orderView),
  checkoutSessions: z.array(checkoutSessionView),
  subscriptions: z.array(subscriptionView),
  invoices: z.array(recordedInvoiceView),
  agents: z
    .array(z.union([talking.ownAgent, talking.listedAgent]))
    .describe("For an admin without their system prompts."),
  licences: z.array(licenceView),
  sales: z.array(saleView),
  audit: z.array(ownAuditEntryView),
  conversations: z
    .array(z.strictObject({ ...talking.conversation.shape, messages: z.array(talking.message) }))
    .nullable()
    .describe("Oldest first. Null for an admin: what was said is its owner's alone."),
});
