import { z } from "zod";
import { subscriptionView } from "../../billing/index.ts";
import { currency, minor, named, time } from "../../http/answer-fields.ts";
import * as admin from "./admin.ts";
import * as talking from "./chat.ts";
import * as sales from "./sales.ts";
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
  orders: z.array(sales.order),
  checkoutSessions: z.array(sales.checkoutSession),
  subscriptions: z.array(subscriptionView),
  invoices: z.array(
    z.strictObject({
      id: z.string(),
      subscriptionId: z.string(),
      title: z.string(),
      status: z.string(),
      currency,
      totalMinor: minor,
      paidMinor: minor,
      refundedMinor: minor,
      disputed: z.boolean(),
      periodStart: time,
      periodEnd: time,
      createdAt: time,
      paidAt: time.nullable(),
    }),
  ),
  agents: z
    .array(z.union([talking.ownAgent, talking.listedAgent]))
    .describe("For an admin without their system prompts."),
  licences: z.array(
    z.strictObject({ agentId: text, title: z.string(), orderId: z.string(), since: time }),
  ),
  sales: z.array(
    z.strictObject({
      orderId: z.string(),
      kind: sales.order.shape.kind,
      subjectId: text,
      title: z.string(),
      currency,
      amountMinor: minor,
      paidMinor: minor,
      refundedMinor: minor,
      shareMinor: minor,
      earnedMinor: minor,
      status: sales.order.shape.status,
      soldAt: time,
    }),
  ),
  audit: z.array(
    z.strictObject({
      ...admin.auditPage.shape.data.element.shape,
      actor: z.string().describe("What sort of actor, not who."),
    }),
  ),
  conversations: z
    .array(z.strictObject({ ...talking.conversation.shape, messages: z.array(talking.message) }))
    .nullable()
    .describe("Oldest first. Null for an admin: what was said is its owner's alone."),
});
