import { fail, ok, type Result } from "../../errors.ts";
import { periodStart } from "../../meters.ts";
import type { Account } from "../account.ts";
import type { PurchaseCommand } from "../types.ts";
import { checkKey } from "./check-key.ts";

const exceeded = (message: string) =>
  fail("purchase_limit_exceeded", message, { param: "purchaseLimit" });

/**
 * Admits a purchase that a key begins, if the key's purchase limit has room for it, and counts it.
 * Once for each `operationId` in a period: called again it counts nothing. What is begun counts,
 * whether or not it is paid in the end. The token of a session has no limit, and counts nothing.
 * `purchase_limit_exceeded`; `conflict` when the operation
 * had another amount; what `checkKey` says of a key that may not.
 */
export function admitPurchase(
  { keys, purchases }: Account,
  command: PurchaseCommand,
  nowMs: number,
): Result<{ applied: boolean }> {
  const { hash, operationId, amountMinor, currency } = command;
  if (!Number.isSafeInteger(amountMinor) || amountMinor < 0)
    throw new RangeError(`a purchase has a whole number of minor units, not ${amountMinor}`);
  const key = checkKey(keys.findByHash(hash), "billing", null, nowMs);
  if (!key.ok) return key;
  const { keyId, purchaseLimit = null } = key.value;
  if (key.value.isSession === true) return ok({ applied: false });
  if (purchaseLimit === null)
    return exceeded("This API key can't make purchases: it has no purchase limit.");
  const start = periodStart(purchaseLimit.period, nowMs);
  const previousMinor = purchases.findMinor(keyId, operationId, start);
  if (previousMinor !== null)
    return previousMinor === amountMinor
      ? ok({ applied: false })
      : fail("conflict", `${operationId} wasn't a purchase of ${amountMinor}.`);
  if (currency !== purchaseLimit.currency)
    return exceeded(
      `This API key can only buy in ${purchaseLimit.currency}, and this is priced in ` +
        `${currency}.`,
    );
  const leftMinor = purchaseLimit.limitMinor - purchases.sumMinor(keyId, start);
  if (amountMinor > leftMinor)
    return exceeded(
      `This costs ${amountMinor} ${currency} in minor units, but this API key's purchase ` +
        `limit has only ${Math.max(0, leftMinor)} left.`,
    );
  purchases.add(keyId, operationId, start, amountMinor);
  return ok({ applied: true });
}
