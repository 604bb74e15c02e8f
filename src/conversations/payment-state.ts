import { findUser } from "../auth/index.ts";
import {
  findConversationPaymentStatus,
  listConversationPayments,
  NO_PAYMENT,
} from "../billing/index.ts";
import { findPlan, listUnlockingPlans, type PricedPlan } from "../catalog/index.ts";
import type { Database } from "../db.ts";
import type { Failure } from "../errors.ts";
import type { Conversation, ConversationPaymentState } from "./types.ts";

/**
 * Returns whether a user's conversations have to be paid one by one: where the operator sells
 * single conversations, and the user's plan includes no messages (neither of `message` nor of
 * `token`). Credits do not count: those of one conversation would open all others.
 */
async function isPaymentRequired(
  db: Database,
  userId: string,
  tiers: readonly PricedPlan[],
): Promise<boolean> {
  if (tiers.length === 0) return false;
  const user = await findUser(db, userId);
  const plan = user === undefined ? undefined : await findPlan(db, user.planId);
  return (
    plan === undefined ||
    (plan.allowances.message === undefined && plan.allowances.token === undefined)
  );
}

/** The payment state of a conversation that is not in the list. */
export const UNPAID: ConversationPaymentState = {
  paymentStatus: "unpaid",
  stripeSessionId: null,
  paymentRequired: false,
};

/** Lists the payment states of a user's conversations, one for each. */
export async function listPaymentStates(
  db: Database,
  userId: string,
  conversations: readonly Conversation[],
): Promise<ConversationPaymentState[]> {
  const tiers = await listUnlockingPlans(db, "conversation");
  const isGated = await isPaymentRequired(db, userId, tiers);
  const ids = conversations.map(({ id }) => id);
  // A paid conversation stays paid when the operator sells no more of them.
  const payments = await listConversationPayments(db, userId, ids);
  return ids.map((id) => {
    const { status, stripeSessionId } = payments.get(id) ?? NO_PAYMENT;
    const paymentRequired = isGated && status !== "paid";
    return { paymentStatus: status, stripeSessionId, paymentRequired };
  });
}

/** Finds the payment state of one conversation. */
export const findPaymentState = async (
  db: Database,
  userId: string,
  conversation: Conversation,
): Promise<ConversationPaymentState> =>
  (await listPaymentStates(db, userId, [conversation]))[0] ?? UNPAID;

/**
 * Checks that a conversation takes messages before it is paid.
 * @param conversationId null: a new conversation
 * @returns null when it does; 402 otherwise
 */
export async function requirePaidConversation(
  db: Database,
  userId: string,
  conversationId: string | null,
): Promise<Failure | null> {
  const tiers = await listUnlockingPlans(db, "conversation");
  if (!(await isPaymentRequired(db, userId, tiers))) return null;
  if (conversationId === null) {
    const message =
      "Each conversation is paid for separately. Create one (POST /api/conversations), then " +
      "pay for it (POST /api/payments/link).";
    return { code: "insufficient_quota", message };
  }
  if ((await findConversationPaymentStatus(db, userId, conversationId)) === "paid") return null;
  return { code: "insufficient_quota", message: "This conversation isn't paid yet." };
}
