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
  priority: grant.priority,
  createdAt: iso(grant.createdAt),
  effectiveAt: iso(grant.effectiveAt),
  expiresAt: iso(grant.expiresAt),
});

/** `GET /api/credits`. posted = granted − expired − used; available = posted − held. */
export const showCredits = ({ balance, grantedMicrocredits, capturedMicrocredits }: AccountSummary) => ({
  posted: toCredits(balance.postedMicrocredits),
  held: toCredits(balance.heldMicrocredits),
  available: toCredits(balance.availableMicrocredits),
  granted: toCredits(grantedMicrocredits),
  used: toCredits(capturedMicrocredits),
});

/** `GET /api/usage`: each allowance, by meter, and the credits. */
export function showUsage(summary: AccountSummary) {
  const meters = Object.fromEntries(
    summary.meters.map(({ meter, used, limit, period, resetsAt }) => [meter, { used, limit, period, resetsAt: iso(resetsAt) }]),
  );
  const { posted, held, available } = showCredits(summary);
  return {
    messages: meters["message"]?.used ?? 0,
    agents: meters["agent"]?.used ?? 0,
    meters,
    credits: { posted, held, available, expiring: summary.expiring.map(showGrant) },
  };
}

/** A line of the ledger: what moved, why, and the balance after it. */
export function showEntry({ entryNo, at, amountMicrocredits, balanceAfterMicrocredits, entry }: LedgerRow) {
  const shown = {
    id: `ent_${entryNo}`,
    kind: entry.kind,
    amount: toCredits(amountMicrocredits),
    balanceAfter: toCredits(balanceAfterMicrocredits),
    createdAt: iso(at),
  };
  if (entry.kind === "grant") return { ...shown, grantId: `grt_${entryNo}`, description: entry.reason };
  if (entry.kind === "capture") {
    const { input, output } = entry.usage;
    const chat = {
      model: entry.model,
      inputTokens: input,
      outputTokens: output,
      estimated: entry.estimated,
      ending: entry.ending,
    };
    return { ...shown, holdId: `hld_${entry.holdNo}`, description: `Chat with ${entry.model}`, chat };
  }
  if (entry.kind === "grant_expiry") return { ...shown, grantId: `grt_${entry.grantNo}`, description: "Expired" };
  if (entry.kind === "grant_effective") return { ...shown, grantId: `grt_${entry.grantNo}`, description: "Became effective" };
  return { ...shown, description: "" };
}

/** `GET /v1/key`, as OpenRouter has it: amounts in credits, `usage` in the budget's period (without a budget: in all). */
export function showOwnKey(key: ApiKey, nowMs: number) {
  const { budget } = key;
  const limit = budget === null ? null : toCredits(budget.limitMicrocredits);
  const remaining = budget === null ? null : toCredits(Math.max(0, budget.limitMicrocredits - key.spentMicrocredits));
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
