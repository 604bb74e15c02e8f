import { creditAccount } from "../../account/index.ts";
import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";

/** A purchase that is about to begin: its price before discounts and taxes. */
export interface PurchaseAttempt {
  /** Names the purchase, so that it counts once: `order:ord_…`. */
  readonly operationId: string;
  readonly amountMinor: number;
  /** Lower case, as Stripe has it. */
  readonly currency: string;
}

/**
 * Admits a purchase, which a key may begin within its purchase limit only. A person who signed in
 * has no such limit. To be called before anything at Stripe can be paid.
 * @returns `purchase_limit_exceeded`
 */
export async function admitPurchase(
  { env, actor, keyHash }: Context,
  { operationId, amountMinor, currency }: PurchaseAttempt,
): Promise<Result<unknown>> {
  if (keyHash === undefined) return ok(null);
  const account = creditAccount(env, actor.id);
  return await orUnavailable(
    account.admitPurchase({ hash: keyHash, operationId, amountMinor, currency }),
  );
}
