import type { Database } from "../../db.ts";
import { type Page, toPage } from "../../http/page.ts";
import { toIso } from "../../time.ts";
import type { Order } from "../orders/store.ts";
import { prorate } from "../payments/prorate.ts";
import { listOrdersOfSeller } from "./store.ts";
import type { SaleView } from "./wire.ts";

/** Shows a sale to its seller. */
function showSale(order: Order): SaleView {
  const { amountMinor, refundedMinor } = order;
  const paidMinor = order.paidMinor ?? 0;
  // Taxes come on top of the price, and are nobody's share.
  const shareMinor = prorate(order.sellerShareMinor ?? 0, { part: paidMinor, whole: amountMinor });
  const earnedMinor = shareMinor - prorate(shareMinor, { part: refundedMinor, whole: paidMinor });
  return {
    orderId: order.id,
    kind: order.kind,
    subjectId: order.subjectId,
    title: order.title,
    currency: order.currency,
    amountMinor,
    paidMinor,
    refundedMinor,
    shareMinor,
    earnedMinor,
    status: order.status,
    soldAt: toIso(order.paidAt ?? order.createdAt),
  };
}

/**
 * Lists what a seller sold and was paid for, newest first, including sales whose money has gone
 * back since.
 * @param page `cursor`: `nextCursor` of the previous page
 */
export const listSales = async (
  db: Database,
  sellerId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<SaleView>> =>
  toPage(
    await listOrdersOfSeller(db, sellerId, { limit, cursor }),
    limit,
    showSale,
    (order) => order.id,
  );
