import type { AccountSummary, ApiKey, GrantView, LedgerRow } from "../account/index.ts";
import { periodEnd } from "../meters.ts";
import { toCredits } from "../units.ts";

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** A grant as `/api/credits/grants` shows it. */
export const showGrant = (grant: GrantView) => ({
  id: grant.grantId,
  reason: grant.reason,
  amount: toCredits(grant.amountMicrocredits),
  remaining: toCredits(grant.remainingMicrocredits),
  expired: toCredits(grant.expiredMicrocredits),
  voided: toCredits(grant.voidedMicrocredits),
  frozen: grant.frozen,
  priority: grant.priority,
  createdAt: iso(grant.createdAt),
  effectiveAt: iso(grant.effectiveAt),
  expiresAt: iso(grant.expiresAt),
});

/**
 * `GET /api/credits`. posted = granted − expired − voided − used, below 0 for a debt; available =
 * posted − held.
 */
export const showCredits = ({ balance, ...totals }: AccountSummary) => ({
  posted: toCredits(balance.postedMicrocredits),
  held: toCredits(balance.heldMicrocredits),
  available: toCredits(balance.availableMicrocredits),
  granted: toCredits(totals.grantedMicrocredits),
  used: toCredits(totals.capturedMicrocredits),
  expired: toCredits(totals.expiredMicrocredits),
  voided: toCredits(totals.voidedMicrocredits),
});

/** `GET /api/usage`: each allowance, by meter, and the credits. */
export function showUsage(summary: AccountSummary) {
  const meters = Object.fromEntries(
    summary.meters.map(({ meter, used, limit, period, resetsAt }) => [
      meter,
      { used, limit, period, resetsAt: iso(resetsAt) },
    ]),
  );
  const { posted, held, available } = showCredits(summary);
  return {
    messages: meters["message"]?.used ?? 0,
    agents: meters["agent"]?.used ?? 0,
    meters,
    credits: { posted, held, available, expiring: summary.expiring.map(showGrant) },
  };
}

/** What happened to a grant, where the entry itself does not say why. */
const GRANT_CHANGE_DESCRIPTIONS: ReadonlyMap<string, string> = new Map([
  ["grant_effective", "Became effective"],
  ["grant_expiry", "Expired"],
  ["grant_void", "Taken back"],
  ["grant_restore", "Given back"],
]);

/** A line of the ledger: what moved, why, and the balance after it. */
export function showEntry({
  entryNo,
  at,
  amountMicrocredits,
  balanceAfterMicrocredits,
  entry,
}: LedgerRow) {
  const shown = {
    id: `ent_${entryNo}`,
    kind: entry.kind,
    amount: toCredits(amountMicrocredits),
    balanceAfter: toCredits(balanceAfterMicrocredits),
    createdAt: iso(at),
  };
  if (entry.kind === "grant")
    return { ...shown, grantId: `grt_${entryNo}`, description: entry.reason };
  if (entry.kind === "take") return { ...shown, description: entry.reason };
  if (entry.kind === "capture") {
    const { model, usage, estimated, ending } = entry;
    const chat = { model, inputTokens: usage.input, outputTokens: usage.output, estimated, ending };
    return { ...shown, holdId: `hld_${entry.holdNo}`, description: `Chat with ${model}`, chat };
  }
  const change = GRANT_CHANGE_DESCRIPTIONS.get(entry.kind);
  if (change !== undefined && "grantNo" in entry)
    return { ...shown, grantId: `grt_${entry.grantNo}`, description: change };
  return { ...shown, description: "" };
}

/**
 * `GET /v1/key`, as OpenRouter has it: amounts in credits, `usage` in the budget's period (without
 * a budget: in all).
 */
export function showOpenRouterKey(key: ApiKey, nowMs: number) {
  const { budget } = key;
  const limit = budget === null ? null : toCredits(budget.limitMicrocredits);
  const remaining =
    budget === null
      ? null
      : toCredits(Math.max(0, budget.limitMicrocredits - key.spentMicrocredits));
  const resetsAt = budget === null ? null : periodEnd(budget.period, nowMs);
  return {
    label: key.name,
    limit,
    limit_remaining: remaining,
    limit_reset: iso(resetsAt),
    usage: toCredits(key.spentMicrocredits),
    usage_total: toCredits(key.totalMicrocredits),
    expires_at: iso(key.expiresAt),
  };
}
