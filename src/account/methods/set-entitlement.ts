import { ok, type Result } from "../../errors.ts";
import { isSameBillingPeriod } from "../../meters.ts";
import { type Account, accountNotFound } from "../account.ts";
import { carryOver } from "../ledger/carry-over.ts";
import type { Entitlement } from "../types.ts";

export interface EntitlementCommand {
  readonly entitlement: Entitlement;
  /**
   * Applies it only while this plan is effective: a plan's own change must not overtake a purchase
   * of another plan.
   */
  readonly onlyIfPlan?: string;
}

/**
 * Merges an entitlement into the account's. Of one plan the newer version stays, and the billing
 * period is replaced by one that is stated: whoever states it has just read it, and reads it again
 * after another change. Pure.
 */
function mergeEntitlement(current: Entitlement, incoming: Entitlement): Entitlement {
  const isSamePlan = current.planId === incoming.planId;
  const newer = isSamePlan && current.planVersion >= incoming.planVersion ? current : incoming;
  const known = isSamePlan ? (current.billingPeriod ?? null) : null;
  const { billingPeriod = known } = incoming;
  return { ...newer, billingPeriod };
}

const isSame = (a: Entitlement, b: Entitlement): boolean =>
  a.planId === b.planId &&
  a.planVersion === b.planVersion &&
  isSameBillingPeriod(a.billingPeriod, b.billingPeriod);

/**
 * Replaces the entitlement. An older version of the effective plan changes nothing of it. What was
 * used of a paid period that is cut short is carried over (`carryOver`).
 */
export function setEntitlement(
  account: Account,
  { entitlement, onlyIfPlan }: EntitlementCommand,
  nowMs: number,
): Result<{ applied: boolean }> {
  const { ledger, plan } = account;
  if (plan === null) return accountNotFound({ kind: "session" });
  if (onlyIfPlan !== undefined && onlyIfPlan !== plan.planId) return ok({ applied: false });
  const merged = mergeEntitlement(plan, entitlement);
  if (isSame(merged, plan)) return ok({ applied: false });
  ledger.sweep(nowMs);
  for (const entry of carryOver(ledger.state, plan, merged, nowMs)) ledger.append(entry, nowMs);
  ledger.setMeta("entitlement", JSON.stringify(merged));
  account.plan = merged;
  return ok({ applied: true });
}
