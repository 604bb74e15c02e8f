import { METERS, periodStart } from "../../meters.ts";
import { showMeter } from "../ledger/allowances.ts";
import type { Grant } from "../ledger/entries.ts";
import { type AccountState, available, held, posted } from "../ledger/state.ts";
import type {
  AccountSummary,
  ApiKey,
  Balance,
  Entitlement,
  GrantView,
  KeyRecord,
  MeterUsage,
} from "../types.ts";

export const balanceOf = (state: AccountState): Balance => ({
  postedMicrocredits: posted(state),
  heldMicrocredits: held(state),
  availableMicrocredits: available(state),
});

export const showGrant = (grant: Grant): GrantView => ({
  grantId: `grt_${grant.grantNo}`,
  operationId: grant.operationId,
  reason: grant.reason,
  amountMicrocredits: grant.amountMicrocredits,
  remainingMicrocredits: grant.remainingMicrocredits,
  expiredMicrocredits: grant.expiredMicrocredits,
  voidedMicrocredits: grant.voidedMicrocredits,
  frozen: grant.frozen,
  priority: grant.priority,
  createdAt: grant.createdAt,
  effectiveAt: grant.effectiveAt,
  expiresAt: grant.expiresAt,
});

/** Where each allowance of the plan stands. */
function showMeters(state: AccountState, plan: Entitlement, nowMs: number): MeterUsage[] {
  return METERS.flatMap((meter) => {
    const allowance = plan.allowances[meter];
    return allowance === undefined ? [] : [showMeter(state, meter, allowance, nowMs)];
  });
}

/**
 * A key as its owner sees it. Its use is noted by chats in the state, and by everything else in
 * `lastUsedAt`.
 */
export function showKey(
  key: KeyRecord,
  state: AccountState,
  lastUsedAt: number | null,
  nowMs: number,
): ApiKey {
  const use = state.keys[key.keyId];
  const start = key.budget === null ? 0 : periodStart(key.budget.period, nowMs);
  const { hash: _, ...shown } = key;
  const used = Math.max(use?.lastUsedAt ?? 0, lastUsedAt ?? 0);
  return {
    ...shown,
    spentMicrocredits: use?.periodStart === start ? use.spentMicrocredits : 0,
    totalMicrocredits: use?.totalMicrocredits ?? 0,
    lastUsedAt: used === 0 ? null : used,
  };
}

/** Where an account stands. Its state must be rid of what was due at `nowMs`. */
export const summarize = (
  state: AccountState,
  plan: Entitlement,
  nowMs: number,
): AccountSummary => ({
  planId: plan.planId,
  balance: balanceOf(state),
  grantedMicrocredits: state.grantedMicrocredits,
  capturedMicrocredits: state.capturedMicrocredits,
  voidedMicrocredits: state.voidedMicrocredits,
  expiredMicrocredits: state.expiredMicrocredits,
  meters: showMeters(state, plan, nowMs),
  expiring: Object.values(state.grants)
    .filter((grant) => grant.expiresAt !== null && grant.remainingMicrocredits > 0)
    .toSorted((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0))
    .map(showGrant),
});
