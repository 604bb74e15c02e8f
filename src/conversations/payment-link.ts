import {
  admitPaymentRequest,
  type Checkout,
  createSaleCheckout,
  findConversationPaymentStatus,
  findOpenPageUrl,
} from "../billing/index.ts";
import { choosePrice, listUnlockingPlans, type PricedPlan } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import { type Failure, fail, type Result } from "../errors.ts";

interface PaymentLinkParams {
  readonly currency?: string | undefined;
  readonly promotionCode?: string | undefined;
  readonly successUrl?: string | undefined;
  readonly cancelUrl?: string | undefined;
  /** The language of Stripe's page. */
  readonly locale?: string | undefined;
}

/** Opens the page on which a user pays for one conversation in a tier. */
async function openPaymentPage(
  ctx: Context,
  userId: string,
  {
    conversationId,
    tier,
    params,
  }: { conversationId: string; tier: PricedPlan; params: PaymentLinkParams },
): Promise<Result<Checkout>> {
  const chosen = choosePrice(tier, params);
  if (!chosen.ok) return chosen;
  const price = chosen.value;
  const sale = {
    kind: "conversation",
    subjectId: conversationId,
    title: tier.name,
    amountMinor: price.amountMinor,
    currency: price.currency,
    planId: tier.id,
    priceId: price.id,
    stripePriceId: price.stripePriceId,
    creditsMicrocredits: tier.creditsMicrocredits,
    creditsExpireAfterDays: tier.creditsExpireAfterDays,
  } as const;
  const { promotionCode, successUrl, cancelUrl, locale } = params;
  return await createSaleCheckout(ctx, userId, {
    sale,
    params: { promotionCode, successUrl, cancelUrl, locale },
  });
}

/**
 * Creates a link to a page on which one of the caller's conversations is paid.
 * @param params `tier`: a plan's id or slug
 */
export async function createPaymentLink(
  ctx: Context,
  userId: string,
  { conversationId, tier, ...params }: PaymentLinkParams & { conversationId: string; tier: string },
): Promise<Result<Checkout>> {
  const tiers = await listUnlockingPlans(ctx.db, "conversation");
  const chosen = tiers.find(({ id, slug }) => id === tier || slug === tier);
  if (chosen === undefined) {
    const slugs = tiers.map(({ slug }) => slug).join(", ");
    const message =
      slugs === ""
        ? "tier: this site doesn't sell conversations."
        : `tier: must be one of: ${slugs}.`;
    return fail("invalid_request", message, { param: "tier" });
  }
  return await openPaymentPage(ctx, userId, { conversationId, tier: chosen, params });
}

/**
 * Resolves the page on which an unpaid conversation can be paid: the one that is open for it, or a
 * new one in the first tier. For a key it is our own page of the conversation. Undefined where
 * conversations are not sold, this one is paid, its payment is under way, or no page can be opened
 * now.
 */
async function resolvePaymentUrl(
  ctx: Context,
  userId: string,
  conversationId: string,
): Promise<string | undefined> {
  const { db, nowMs } = ctx;
  const tiers = await listUnlockingPlans(db, "conversation");
  const tier = tiers.find(({ prices }) => prices.length > 0);
  if (tier === undefined) return undefined;
  if ((await findConversationPaymentStatus(db, userId, conversationId)) === "paid")
    return undefined;
  const subject = { kind: "conversation", subjectId: conversationId } as const;
  // A key pays nothing that it was not made for: its user signs in to pay.
  if (ctx.keyHash !== undefined) return `${ctx.config.PUBLIC_URL}/chat/${conversationId}`;
  const open = await findOpenPageUrl(db, userId, subject);
  if (open !== null) return open;
  if (!(await admitPaymentRequest(db, userId, nowMs)).isWithinLimit) return undefined;
  const page = await openPaymentPage(ctx, userId, { conversationId, tier, params: {} });
  return page.ok ? page.value.url : undefined;
}

/** Adds to a conversation's 402 the page on which it can be paid. */
export const withPaymentUrl = async (
  ctx: Context,
  userId: string,
  conversationId: string,
  failure: Failure,
): Promise<Failure> => ({
  ...failure,
  paymentUrl: await resolvePaymentUrl(ctx, userId, conversationId),
});
