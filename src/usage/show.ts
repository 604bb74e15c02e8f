import type {
  AccountSummary,
  ApiKey,
  GrantView as Grant,
  LedgerRow,
  Task,
} from "../account/index.ts";
import { periodEnd } from "../meters.ts";
import { toIsoOrNull } from "../time.ts";
import { toCredits } from "../units.ts";
import type {
  CreditBalanceView,
  EntryView,
  GrantView,
  OpenRouterKey,
  UsageSummary,
} from "./wire.ts";

/** Returns the sale that a grant came from: its operation is `order:ord_…` or `invoice:in_…`. */
const saleIdOf = (operationId: string): string | null =>
  /^(?:order|invoice):(\w+)$/.exec(operationId)?.[1] ?? null;

/** Shows a grant as `/api/credits/grants` does. */
export const showGrant = (grant: Grant): GrantView => ({
  id: grant.grantId,
  reason: grant.reason,
  saleId: saleIdOf(grant.operationId),
  amount: toCredits(grant.amountMicrocredits),
  remaining: toCredits(grant.remainingMicrocredits),
  expired: toCredits(grant.expiredMicrocredits),
  voided: toCredits(grant.voidedMicrocredits),
  frozen: grant.frozen,
  priority: grant.priority,
  createdAt: toIsoOrNull(grant.createdAt),
  effectiveAt: toIsoOrNull(grant.effectiveAt),
  expiresAt: toIsoOrNull(grant.expiresAt),
});

/**
 * Shows the balance as `GET /api/credits` does. posted = granted − expired − voided − used, below 0
 * for a debt; available = posted − held − frozen. `held` is what chats hold.
 */
export const showCredits = ({ balance, ...totals }: AccountSummary): CreditBalanceView => ({
  posted: toCredits(balance.postedMicrocredits),
  held: toCredits(balance.heldMicrocredits - totals.frozenMicrocredits),
  frozen: toCredits(totals.frozenMicrocredits),
  available: toCredits(balance.availableMicrocredits),
  granted: toCredits(totals.grantedMicrocredits),
  used: toCredits(totals.capturedMicrocredits),
  expired: toCredits(totals.expiredMicrocredits),
  voided: toCredits(totals.voidedMicrocredits),
});

/**
 * Shows each allowance by its meter, and the credits, as `GET /api/usage` does.
 * @param agentCount the agents that exist, whether the plan counts them or not
 */
export function showUsage(summary: AccountSummary, agentCount: number): UsageSummary {
  const meters = Object.fromEntries(
    summary.meters.map(({ meter, used, limit, period, resetsAt }) => [
      meter,
      { used, limit, period, resetsAt: toIsoOrNull(resetsAt) },
    ]),
  );
  const { posted, held, frozen, available } = showCredits(summary);
  return {
    messages: meters["message"]?.used ?? 0,
    agents: agentCount,
    meters,
    credits: { posted, held, frozen, available, expiring: summary.expiring.map(showGrant) },
  };
}

/** The descriptions of changes of a grant, where the entry itself gives no reason. */
const GRANT_CHANGE_DESCRIPTIONS: ReadonlyMap<string, string> = new Map([
  ["grant_effective", "Credits available"],
  ["grant_expiry", "Credits expired"],
  ["grant_void", "Credits reversed"],
  ["grant_restore", "Credits restored"],
]);

const TASK_DESCRIPTIONS: Readonly<Record<Task, string>> = {
  embedding: "Embeddings by",
  image: "Images by",
  speech: "Speech by",
  transcription: "Transcription by",
  moderation: "Moderation by",
};

/** Shows a line of the ledger: the amount, the reason, and the balance after it. */
export function showEntry({
  entryNo,
  at,
  amountMicrocredits,
  balanceAfterMicrocredits,
  entry,
}: LedgerRow): EntryView {
  const shown = {
    id: `ent_${entryNo}`,
    kind: entry.kind,
    amount: toCredits(amountMicrocredits),
    balanceAfter: toCredits(balanceAfterMicrocredits),
    createdAt: toIsoOrNull(at),
  };
  if (entry.kind === "grant")
    return { ...shown, grantId: `grt_${entryNo}`, description: entry.reason };
  if (entry.kind === "take") return { ...shown, description: entry.reason };
  if (entry.kind === "capture") {
    const { model, usage, estimated, ending, task, unit } = entry;
    const units = unit === undefined ? {} : { units: { ...unit, count: usage.units ?? 0 } };
    const tokens = { inputTokens: usage.input, outputTokens: usage.output };
    const what = task === undefined ? "Chat with" : TASK_DESCRIPTIONS[task];
    return {
      ...shown,
      holdId: `hld_${entry.holdNo}`,
      description: `${what} ${model}`,
      chat: { model, ...tokens, ...units, estimated, ending },
    };
  }
  const change = GRANT_CHANGE_DESCRIPTIONS.get(entry.kind);
  if (change !== undefined && "grantNo" in entry)
    return { ...shown, grantId: `grt_${entry.grantNo}`, description: change };
  return { ...shown, description: "" };
}

/**
 * Shows a key as OpenRouter's `GET /v1/key` does: amounts in credits, `usage` in the budget's
 * period (without a budget: in all).
 */
export function showOpenRouterKey(key: ApiKey, nowMs: number): OpenRouterKey {
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
    limit_reset: toIsoOrNull(resetsAt),
    usage: toCredits(key.spentMicrocredits),
    usage_total: toCredits(key.totalMicrocredits),
    expires_at: toIsoOrNull(key.expiresAt),
  };
}
