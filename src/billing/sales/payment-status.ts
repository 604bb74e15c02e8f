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

/** The payment for one conversation. */
export interface ConversationPayment {
  readonly status: ConversationPaymentStatus;
  /** The id at Stripe of the checkout session that the status is about; null without one. */
  readonly stripeSessionId: string | null;
}

export const NO_PAYMENT: ConversationPayment = { status: "unpaid", stripeSessionId: null };

function toPayment(attempts: readonly PaymentAttempt[]): ConversationPayment {
  const paid = attempts.find(({ order }) => order === "completed");
  if (paid !== undefined) return { status: "paid", stripeSessionId: paid.stripeSessionId };
  const [newest] = attempts;
  if (newest === undefined) return NO_PAYMENT;
  const { order, session, stripeSessionId } = newest;
  if (order === "pending") return { status: "pending", stripeSessionId };
  const hasFailed = order === "failed" && session === "failed";
  return { status: hasFailed ? "failed" : "unpaid", stripeSessionId };
}

/**
 * Lists the payments for a user's conversations. `paid` while the money is there; otherwise the
 * newest attempt decides: `pending` while it can still be paid or is under way, `failed` when the
 * buyer's payment was refused, `unpaid` when it was given up or its money went back.
 * @returns one payment for each id
 */
export async function listConversationPayments(
  db: Database,
  userId: string,
  conversationIds: readonly string[],
): Promise<ReadonlyMap<string, ConversationPayment>> {
  const attempts = Map.groupBy(
    await listPaymentAttempts(db, userId, "conversation", conversationIds),
    ({ subjectId }) => subjectId,
  );
  return new Map(conversationIds.map((id) => [id, toPayment(attempts.get(id) ?? [])]));
}

/**
 * Returns the payment status of one of a user's conversations. See
 * `listConversationPayments`.
 */
export const findConversationPaymentStatus = async (
  db: Database,
  userId: string,
  conversationId: string,
): Promise<ConversationPaymentStatus> =>
  (await listConversationPayments(db, userId, [conversationId])).get(conversationId)?.status ??
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
