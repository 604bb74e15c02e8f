import type { Database } from "../../db.ts";
import { findSessionOfOrder } from "../orders/store.ts";
import {
  listOpenOrders,
  listPaymentAttempts,
  type PaymentAttempt,
  type SaleSubject,
} from "./store.ts";

/** The state of the payment for one conversation. */
export type ConversationPaymentStatus = "unpaid" | "pending" | "paid" | "failed";

function toPaymentStatus(attempts: readonly PaymentAttempt[]): ConversationPaymentStatus {
  if (attempts.some(({ order }) => order === "completed")) return "paid";
  const [newest] = attempts;
  if (newest?.order === "pending") return "pending";
  return newest?.order === "failed" && newest.session === "failed" ? "failed" : "unpaid";
}

/**
 * Lists the payment statuses of a user's conversations. `paid` while the money is there; otherwise
 * the newest attempt decides: `pending` while it can still be paid or is under way, `failed` when
 * the buyer's payment was refused, `unpaid` when it was given up or its money went back.
 * @returns one status for each id
 */
export async function listConversationPaymentStatuses(
  db: Database,
  userId: string,
  conversationIds: readonly string[],
): Promise<ReadonlyMap<string, ConversationPaymentStatus>> {
  const attempts = Map.groupBy(
    await listPaymentAttempts(db, userId, "conversation", conversationIds),
    ({ subjectId }) => subjectId,
  );
  return new Map(conversationIds.map((id) => [id, toPaymentStatus(attempts.get(id) ?? [])]));
}

/**
 * Returns the payment status of one of a user's conversations. See
 * `listConversationPaymentStatuses`.
 */
export const findConversationPaymentStatus = async (
  db: Database,
  userId: string,
  conversationId: string,
): Promise<ConversationPaymentStatus> =>
  (await listConversationPaymentStatuses(db, userId, [conversationId])).get(conversationId) ??
  "unpaid";

/** Returns the URL of the page on which a user can pay for something now; null if none is open. */
export async function findOpenPageUrl(
  db: Database,
  userId: string,
  subject: SaleSubject,
): Promise<string | null> {
  for (const order of await listOpenOrders(db, userId, subject)) {
    const session = await findSessionOfOrder(db, order.id);
    if (session?.status === "pending" && session.url !== null) return session.url;
  }
  return null;
}
