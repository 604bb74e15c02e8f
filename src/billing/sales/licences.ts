import type { Database } from "../../db.ts";
import { type Page, toPage } from "../../http/page.ts";
import { findSessionOfOrder, type Order } from "../orders/store.ts";
import { proratedReversal } from "../payments/payment-state.ts";
import {
  hasCompletedOrder,
  listOpenOrders,
  listOrdersOfSeller,
  listPaymentAttempts,
  listPurchases,
  type PaymentAttempt,
  type Purchase,
  type SaleSubject,
} from "./store.ts";

/**
 * Whether a user may use another user's agent by having bought it: the money came, did not go back,
 * and no bank disputes it.
 */
export const hasLicence = (db: Database, userId: string, agentId: string): Promise<boolean> =>
  hasCompletedOrder(db, userId, { kind: "agent", subjectId: agentId });

/**
 * The agents that `licensed` says yes to, by their ids, newest licence first.
 * @param before an order's id: `orderId` of the last one of the page before
 * @returns one more than `limit`, if there are as many
 */
export const listLicences = (
  db: Database,
  userId: string,
  page: { limit: number; cursor: string | undefined },
): Promise<Purchase[]> => listPurchases(db, userId, "agent", page);

/** How the payment for one conversation stands. */
export type ConversationPaymentStatus = "unpaid" | "pending" | "paid" | "failed";

/**
 * `paid` while the money is there; otherwise as the newest attempt. Given up or gone back is
 * `unpaid`.
 */
function toPaymentStatus(attempts: readonly PaymentAttempt[]): ConversationPaymentStatus {
  if (attempts.some(({ order }) => order === "completed")) return "paid";
  const [newest] = attempts;
  if (newest?.order === "pending") return "pending";
  return newest?.order === "failed" && newest.session === "failed" ? "failed" : "unpaid";
}

/**
 * How the payments for a user's conversations stand: `paid` while the money is there; otherwise as
 * the newest attempt: `pending` while it can still be paid or is under way, `failed` when the
 * buyer's payment was refused. Given up or gone back is `unpaid`.
 * @returns one for each of the ids
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

/** How the payment for one of a user's conversations stands. See `listConversationPaymentStatuses`. */
export const findConversationPaymentStatus = async (
  db: Database,
  userId: string,
  conversationId: string,
): Promise<ConversationPaymentStatus> =>
  (await listConversationPaymentStatuses(db, userId, [conversationId])).get(conversationId) ??
  "unpaid";

/** The page on which a user can pay for something now, if one is open. */
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

/** A sale as its seller sees it: of the buyer nothing. Amounts in the currency's minor unit. */
export interface SellerSale {
  readonly orderId: string;
  readonly kind: Order["kind"];
  readonly subjectId: string | null;
  readonly title: string;
  readonly currency: string;
  readonly amountMinor: number;
  readonly paidMinor: number;
  readonly refundedMinor: number;
  /**
   * What of it is the seller's, where a promotion code made it cheaper in proportion to what was
   * paid; and what of that is left after refunds.
   */
  readonly shareMinor: number;
  readonly earnedMinor: number;
  readonly status: Order["status"];
  readonly soldAt: string;
}

/**
 * What of a share is left where only a part of the whole was paid: rounded down, exact at any size.
 */
const prorated = (share: number, paid: number, whole: number): number =>
  whole === 0 ? 0 : Number((BigInt(share) * BigInt(paid)) / BigInt(whole));

function showSale(order: Order): SellerSale {
  const {
    id: orderId,
    kind,
    subjectId,
    title,
    currency,
    amountMinor,
    refundedMinor,
    status,
  } = order;
  const paidMinor = order.paidMinor ?? 0;
  // Taxes come on top of the price, and are nobody's share.
  const shareMinor = prorated(
    order.sellerShareMinor ?? 0,
    Math.min(paidMinor, amountMinor),
    amountMinor,
  );
  const earnedMinor = shareMinor - proratedReversal(shareMinor, { refundedMinor, paidMinor });
  const soldAt = new Date(order.paidAt ?? order.createdAt).toISOString();
  return {
    orderId,
    kind,
    subjectId,
    title,
    currency,
    amountMinor,
    paidMinor,
    refundedMinor,
    shareMinor,
    earnedMinor,
    status,
    soldAt,
  };
}

/**
 * What a seller sold, newest first: what was paid, also where the money went back since.
 * @param cursor `nextCursor` of the page before
 */
export const listSales = async (
  db: Database,
  sellerId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<SellerSale>> =>
  toPage(
    await listOrdersOfSeller(db, sellerId, { limit, cursor }),
    limit,
    showSale,
    (order) => order.id,
  );
