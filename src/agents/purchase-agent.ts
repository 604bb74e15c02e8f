import { type Checkout, createSaleCheckout, hasLicence } from "../billing/index.ts";
import type { Context } from "../context.ts";
import { fail, type Result } from "../errors.ts";
import { AGENT_NOT_FOUND, isListed, isOwnAgent } from "./access.ts";
import { MARKETPLACE_OFF } from "./require-marketplace.ts";
import { findAgent } from "./store.ts";

/**
 * Returns the seller's share of a price, in the currency's minor unit: rounded down, the fraction
 * is the operator's.
 */
export const sellerShare = (priceMinor: number, feeBasisPoints: number): number =>
  Math.floor((priceMinor * (10_000 - feeBasisPoints)) / 10_000);

type PurchaseParams = Parameters<typeof createSaleCheckout>[2]["params"];

/**
 * Sells a licence to another user's listed agent, at the listed price.
 * @returns Stripe's page; `not_found` for an agent that is not listed, `conflict` for one's own or
 *   a free one, `already_purchased`
 */
export async function purchaseAgent(
  ctx: Context,
  userId: string,
  agentId: string,
  params: PurchaseParams,
): Promise<Result<Checkout>> {
  const { db, config } = ctx;
  const agent = await findAgent(db, agentId);
  if (agent === undefined) return AGENT_NOT_FOUND;
  const { ownerId, name: title, description, priceMinor, currency } = agent;
  if (isOwnAgent(agent, userId))
    return fail("conflict", "You own this agent, so there is nothing to buy.");
  if (!config.MARKETPLACE) return { ok: false, failure: MARKETPLACE_OFF };
  if (!isListed(agent)) {
    const isBought = await hasLicence(db, userId, agentId);
    return isBought ? fail("already_purchased", `You already own ${title}.`) : AGENT_NOT_FOUND;
  }
  if (priceMinor === null || currency === null)
    return fail("conflict", `${title} is free, so there is nothing to buy.`);
  const sale = {
    kind: "agent",
    subjectId: agentId,
    title,
    // Stripe refuses an empty one.
    ...(description.trim() === "" ? {} : { description }),
    amountMinor: priceMinor,
    currency,
    sellerId: ownerId,
    sellerShareMinor: sellerShare(priceMinor, config.MARKETPLACE_FEE_BASIS_POINTS),
  } as const;
  return await createSaleCheckout(ctx, userId, { sale, params });
}
