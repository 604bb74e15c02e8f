import { creditAccount, type GrantView } from "../../account/index.ts";
import type { Context } from "../../context.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { toCredits } from "../../units.ts";
import { decideRefund } from "./decide-refund.ts";
import { findSale, type SaleReference } from "./find-sale.ts";
import type { RefundPreviewView } from "./wire.ts";

/** The newest grants of a user, among which a sale's are looked for. */
const GRANTS_MAX = 1000;

async function listGrantsOf(
  { env }: Context,
  userId: string,
  reference: SaleReference,
): Promise<GrantView[]> {
  const operationId =
    "orderId" in reference ? `order:${reference.orderId}` : `invoice:${reference.invoiceId}`;
  const page = { limit: GRANTS_MAX, before: null };
  const grants = await orUnavailable(creditAccount(env, userId).grants(page));
  return grants.filter((grant) => grant.operationId === operationId);
}

const sum = (grants: readonly GrantView[], count: (grant: GrantView) => number): number =>
  grants.reduce((total, grant) => total + count(grant), 0);

/**
 * Shows what an admin's refund of all that is left of a sale would take back, by our records: a
 * refund itself looks the sale up at Stripe first.
 * @returns undefined where there is no such sale
 */
export async function previewRefund(
  ctx: Context,
  reference: SaleReference,
): Promise<RefundPreviewView | undefined> {
  const sale = await findSale(ctx.db, reference);
  if (sale === undefined) return undefined;
  const { currency, refundedMinor } = sale;
  const paidMinor = sale.paidMinor ?? 0;
  const decision = decideRefund(sale, { amountMinor: undefined, byAdmin: true }, 0, ctx.nowMs);
  const grants = await listGrantsOf(ctx, sale.userId, reference);
  const granted = sum(grants, (grant) => grant.amountMicrocredits);
  const taken = sum(grants, (grant) => grant.voidedMicrocredits);
  const expired = sum(grants, (grant) => grant.expiredMicrocredits);
  const left = sum(grants, (grant) => grant.remainingMicrocredits);
  const toTake = decision.ok ? Math.max(0, granted - taken - expired) : 0;
  return {
    currency,
    paidMinor,
    refundedMinor,
    refundableMinor: decision.ok ? decision.value.amountMinor : 0,
    refusal: decision.ok ? null : decision.failure.message,
    disputed: sale.disputed,
    credits: {
      granted: toCredits(granted),
      taken: toCredits(taken),
      left: toCredits(left),
      toTake: toCredits(toTake),
      toOwe: toCredits(Math.max(0, toTake - left)),
    },
  };
}
