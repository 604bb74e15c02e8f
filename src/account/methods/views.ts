import { METERS, periodStart } from "../../meters.ts";
import { toMeterUsage } from "../ledger/allowances.ts";
import type { Grant } from "../ledger/entries.ts";
import {
  type AccountState,
  availableBalance,
  frozenBalance,
  heldBalance,
  postedBalance,
} from "../ledger/state.ts";
import type {
  AccountSummary,
  ApiKey,
  Balance,
  Entitlement,
  GrantView,
  KeyRecord,
  MeterUsage,
} from "../types.ts";

export const toBalance = (state: AccountState): Balance => ({
  postedMicrocredits: postedBalance(state),
  heldMicrocredits: heldBalance(state),
  availableMicrocredits: availableBalance(state),
});

export const toGrantView = (grant: Grant): GrantView => ({
  grantId: `grt_${grant.grantNo}`,
  operationId: grant.operationId,
  reason: grant.reason,
  amountMicrocredits: grant.amountMicrocredits,
  remainingMicrocredits: grant.remainingMicrocredits,
  heldMicrocredits: grant.heldMicrocredits,
  expiredMicrocredits: grant.expiredMicrocredits,
  voidedMicrocredits: grant.voidedMicrocredits,
  frozen: grant.frozen,
  priority: grant.priority,
  createdAt: grant.createdAt,
  effectiveAt: grant.effectiveAt,
  expiresAt: grant.expiresAt,
});

/** Returns the use of each allowance of the plan. */
function toMeterUsages(state: AccountState, plan: Entitlement, nowMs: number): MeterUsage[] {
  return METERS.flatMap((meter) => {
    const allowance = plan.allowances[meter];
    return allowance === undefined ? [] : [toMeterUsage(state, meter, allowance, plan, nowMs)];
  });
}

/**
 * Returns a key as its owner sees it. Chats record its use in the state, all other requests in
 * `use.lastUsedAt`.
 */
export function toApiKey(
  key: KeyRecord,
  state: AccountState,
  use: { readonly lastUsedAt: number | null; readonly purchasedMinor: number },
  nowMs: number,
): ApiKey {
  const keyUsage = state.keys[key.keyId];
  const start = key.budget === null ? 0 : periodStart(key.budget.period, nowMs);
  const { hash: _, oldSecrets = [], ...view } = key;
  const oldEnds = oldSecrets.map(({ endsAt }) => endsAt).filter((endsAt) => endsAt > nowMs);
  const totalMicrocredits = keyUsage?.totalMicrocredits ?? 0;
  const inPeriod = keyUsage?.periodStart === start ? keyUsage.spentMicrocredits : 0;
  const lastUsed = Math.max(keyUsage?.lastUsedAt ?? 0, use.lastUsedAt ?? 0);
  return {
    ...view,
    purchaseLimit: key.purchaseLimit ?? null,
    purchasedMinor: use.purchasedMinor,
    spentMicrocredits: key.budget === null ? totalMicrocredits : inPeriod,
    totalMicrocredits,
    lastUsedAt: lastUsed === 0 ? null : lastUsed,
    disabledAt: key.disabledAt ?? null,
    rotatedAt: key.rotatedAt ?? null,
    oldSecretsEndAt: oldEnds.length === 0 ? null : Math.max(...oldEnds),
  };
}

/** Sums up an account. Its state must be swept as of `nowMs`. */
export const toAccountSummary = (
  state: AccountState,
  plan: Entitlement,
  nowMs: number,
): AccountSummary => ({
  planId: plan.planId,
  balance: toBalance(state),
  frozenMicrocredits: frozenBalance(state),
  grantedMicrocredits: state.grantedMicrocredits,
  capturedMicrocredits: state.capturedMicrocredits,
  voidedMicrocredits: state.voidedMicrocredits,
  expiredMicrocredits: state.expiredMicrocredits,
  meters: toMeterUsages(state, plan, nowMs),
  expiring: Object.values(state.grants)
    .filter((grant) => grant.expiresAt !== null && grant.remainingMicrocredits > 0)
    .toSorted((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0))
    .map(toGrantView),
});
