import { creditAccount, type GrantView } from "../../account/index.ts";
import type { Context } from "../../context.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { prorate } from "../payments/prorate.ts";
import type { RefundableSale } from "./decide-refund.ts";

/** The number of grants that are read of a user, newest first: a window is only some days long. */
const GRANTS_MAX = 1000;

/** What a sale gave. Credits are of the grant that its payment made. */
export interface SaleContent {
  /** The operation of the grant. */
  readonly operationId: string;
  readonly creditsMicrocredits: number;
  /** Whether it gave a plan, a licence or a conversation, and not only credits. */
  readonly givesAccess: boolean;
}

async function findGrant(
  { env }: Context,
  userId: string,
  { operationId }: SaleContent,
): Promise<GrantView | undefined> {
  const page = { limit: GRANTS_MAX, before: null };
  const grants = await orUnavailable(creditAccount(env, userId).grants(page));
  return grants.find((grant) => grant.operationId === operationId);
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

/**
 * Returns the part of the credits of a grant that is neither spent nor held by an open chat, of
 * those that were not taken back yet. Pure.
 */
export const unusedShare = (
  grant: Pick<
    GrantView,
    "amountMicrocredits" | "remainingMicrocredits" | "heldMicrocredits" | "voidedMicrocredits"
  >,
): { part: number; whole: number } => ({
  part: grant.remainingMicrocredits - grant.heldMicrocredits,
  whole: grant.amountMicrocredits - grant.voidedMicrocredits,
});

/**
 * Returns the part of a sale's money that pays for what its buyer has not used, in minor units,
 * rounded down: of credits the share that is left of their grant; of a plan, a licence or a
 * conversation all of it until the first use after the payment, and nothing from then on.
 *
 * What is left of the grant is frozen before it is counted, so that a chat that begins meanwhile is
 * not paid with what goes back. The caller syncs the sale afterwards, which frees the rest.
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
  if (content.creditsMicrocredits <= 0) return refundableMinor;
  const grant = await findGrant(ctx, userId, content);
  if (grant === undefined || unusedShare(grant).part <= 0) return 0;
  await freeze(ctx, userId, grant);
  const frozen = await findGrant(ctx, userId, content);
  return frozen === undefined ? 0 : prorate(refundableMinor, unusedShare(frozen));
}
