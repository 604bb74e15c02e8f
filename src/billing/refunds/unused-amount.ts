import { creditAccount, type GrantView } from "../../account/index.ts";
import type { Context } from "../../context.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { prorate } from "../payments/prorate.ts";
import type { RefundableSale } from "./decide-refund.ts";

/** The number of grants that are read of a user, newest first: a window is only some days long. */
const GRANTS_MAX = 1000;

/** The credits and access that a sale gave. */
export interface SaleContent {
  /** The operations of the grants that its money paid for; none where it gave no credits. */
  readonly operationIds: readonly string[];
  /** Whether it gave a plan, a licence or a conversation, and not only credits. */
  readonly givesAccess: boolean;
}

async function listGrants(
  { env }: Context,
  userId: string,
  { operationIds }: SaleContent,
): Promise<GrantView[]> {
  const page = { limit: GRANTS_MAX, before: null };
  const grants = await orUnavailable(creditAccount(env, userId).grants(page));
  return grants.filter((grant) => operationIds.includes(grant.operationId));
}

/** Freezes a grant, so that nothing of it is spent before its sale is synced again. */
const freeze = (
  { env }: Context,
  userId: string,
  { operationId, amountMicrocredits, priority, effectiveAt, expiresAt, ...grant }: GrantView,
) =>
  orUnavailable(
    creditAccount(env, userId).grant({
      operationId,
      amountMicrocredits,
      priority,
      effectiveAt,
      expiresAt,
      reason: grant.reason,
      standing: { voidedMicrocredits: grant.voidedMicrocredits, frozen: true },
    }),
  );

type CountedGrant = Pick<
  GrantView,
  "amountMicrocredits" | "remainingMicrocredits" | "heldMicrocredits" | "voidedMicrocredits"
>;

/**
 * Returns the credits of grants that are neither spent nor held by open chats, of those that were
 * not taken back yet. Pure.
 */
const unusedShare = (grants: readonly CountedGrant[]): { part: number; whole: number } => ({
  part: grants.reduce((sum, one) => sum + one.remainingMicrocredits - one.heldMicrocredits, 0),
  whole: grants.reduce((sum, one) => sum + one.amountMicrocredits - one.voidedMicrocredits, 0),
});

/**
 * Returns the part of a sale's money that pays for what its buyer has not used, in minor units,
 * rounded down: of credits the share that is left of their grants; of a plan, a licence or a
 * conversation all of it until the first use after the payment, and nothing from then on.
 *
 * What is left of the grants is frozen before it is counted, so that a chat that begins meanwhile
 * is not paid with what goes back. The caller syncs the sale afterwards, which frees the rest.
 * @param refundableMinor the most that may go back
 */
export async function freezeUnusedMinor(
  ctx: Context,
  { userId, paidAt }: Pick<RefundableSale, "userId" | "paidAt">,
  content: SaleContent,
  refundableMinor: number,
): Promise<number> {
  const account = creditAccount(ctx.env, userId);
  if (content.givesAccess && (await orUnavailable(account.hasUseSince(paidAt)))) return 0;
  if (content.operationIds.length === 0) return refundableMinor;
  for (const grant of await listGrants(ctx, userId, content))
    if (grant.remainingMicrocredits > 0) await freeze(ctx, userId, grant);
  return prorate(refundableMinor, unusedShare(await listGrants(ctx, userId, content)));
}
