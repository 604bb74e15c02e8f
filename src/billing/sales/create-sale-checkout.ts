import { findUser } from "../../auth/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { cancelSession } from "../checkout/cancel-session.ts";
import type { Checkout } from "../orders/open-checkout-page.ts";
import { openSalePage } from "../orders/open-sale-page.ts";
import { findSession, findSessionOfOrder } from "../orders/store.ts";
import { fetchDiscounts } from "../stripe/promotion-code.ts";
import { buildReturnUrls, type ReturnUrlParams } from "../stripe/return-url.ts";
import { hasPaidOrder, listOpenOrders, type SaleSubject } from "./store.ts";

/**
 * The terms on which another room sells one of its own things to a user. Amounts in the currency's
 * minor unit.
 */
export interface SaleTerms extends SaleSubject {
  /** The name of the thing on the receipt. */
  readonly title: string;
  /** What the page says of it, below its title. */
  readonly description?: string;
  readonly amountMinor: number;
  /** Lower case, as Stripe has it. */
  readonly currency: string;
  /** The seller, where it is not the operator, and their share of the price. */
  readonly sellerId?: string | null;
  readonly sellerShareMinor?: number | null;
  /** The tier of a conversation, its price, and that price's id at Stripe, if it has one. */
  readonly planId?: string | null;
  readonly priceId?: string | null;
  readonly stripePriceId?: string | null;
  /** Credits that come with it. */
  readonly creditsMicrocredits?: number;
  readonly creditsExpireAfterDays?: number | null;
}

/** The choices of the buyer. */
export interface SaleParams extends ReturnUrlParams {
  readonly promotionCode?: string | undefined;
  /** The language of Stripe's page; the browser's where none is named. */
  readonly locale?: string | undefined;
}

const alreadyPurchased = (title: string) => fail("already_purchased", `You already own ${title}.`);

/**
 * Closes the pages on which the same thing could still be paid: a thing that is bought once must
 * not be paid twice.
 * @param sale `own`: the order that stays, if it is the newest; null closes all
 */
async function closeOtherPages(
  ctx: Context,
  userId: string,
  { subject, own }: { subject: SaleSubject; own: string | null },
): Promise<Result<null>> {
  const { db } = ctx;
  const others = (await listOpenOrders(db, userId, subject)).filter(({ id }) => id !== own);
  if (own !== null && others.some(({ id }) => id > own))
    return fail(
      "conflict",
      "You have another checkout open for this. Complete it there, or try again in a moment.",
    );
  for (const order of others) {
    const session = await findSessionOfOrder(db, order.id);
    if (session === undefined || order.stripePaymentIntentId !== null)
      return fail("conflict", `A payment for this is already in progress: order ${order.id}.`);
    const closed = await cancelSession(ctx, session);
    if (!closed.ok && closed.failure.code !== "conflict") return closed;
    if (!closed.ok && !(await hasPaidOrder(db, userId, subject)))
      return fail("conflict", `A payment for this is already in progress: order ${order.id}.`);
  }
  return ok(null);
}

/**
 * Checks once more after a page was opened, because two concurrent requests do not see each other's
 * page before. A request that finds another page closes it, or its own page if the other is newer.
 * Each checks after its order was inserted, so at most one page is left.
 */
async function keepOnlyOnePage(
  ctx: Context,
  userId: string,
  { sale, opened }: { sale: SaleTerms; opened: Checkout },
): Promise<Result<Checkout>> {
  const { db } = ctx;
  const session = await findSession(db, opened.stripeSessionId);
  if (session === undefined) return ok(opened);
  const closed = await closeOtherPages(ctx, userId, { subject: sale, own: session.orderId });
  const isPaid = await hasPaidOrder(db, userId, sale);
  if (closed.ok && !isPaid) return ok(opened);
  // Nobody has the page's URL yet.
  const canceled = await cancelSession(ctx, session);
  if (!canceled.ok && canceled.failure.code !== "conflict") return canceled;
  return isPaid || closed.ok ? alreadyPurchased(sale.title) : closed;
}

/**
 * Opens Stripe's page for something that another room sells: a licence to an agent, or one
 * conversation. The terms are frozen into the order. A page that was open for the same thing is
 * closed, so that the thing cannot be paid twice.
 * @returns the page; `already_purchased` when the user has the thing; `conflict` while a payment
 *   for it is under way; `invalid_request`, `not_found`, or why Stripe did not create the page
 */
export async function createSaleCheckout(
  ctx: Context,
  userId: string,
  { sale, params }: { sale: SaleTerms; params: SaleParams },
): Promise<Result<Checkout>> {
  const { db, config } = ctx;
  const agentId = sale.kind === "agent" ? sale.subjectId : undefined;
  const urls = buildReturnUrls(config, params, agentId);
  if (!urls.ok) return urls;
  const user = await findUser(db, userId);
  if (user === undefined) return fail("not_found", "This user has been deleted.");
  if (sale.amountMinor <= 0)
    return fail("invalid_request", `${sale.title} is free, so there is nothing to pay.`);
  if (await hasPaidOrder(db, userId, sale)) return alreadyPurchased(sale.title);
  const discounts = await fetchDiscounts(ctx, userId, params.promotionCode);
  if (!discounts.ok) return discounts;
  const closed = await closeOtherPages(ctx, userId, { subject: sale, own: null });
  if (!closed.ok) return closed;
  if (await hasPaidOrder(db, userId, sale)) return alreadyPurchased(sale.title);

  const { stripePriceId = null, description, ...terms } = sale;
  const offer = {
    terms: {
      planId: null,
      priceId: null,
      creditsMicrocredits: 0,
      creditsExpireAfterDays: null,
      ...terms,
      quantity: 1,
      givesPlan: false,
    },
    stripePriceId,
    unitAmountMinor: sale.amountMinor,
    ...(description === undefined ? {} : { description }),
  };
  const options = { ...urls.value, discounts: discounts.value, locale: params.locale };
  const opened = await openSalePage(ctx, user, offer, options);
  return opened.ok ? await keepOnlyOnePage(ctx, userId, { sale, opened: opened.value }) : opened;
}
