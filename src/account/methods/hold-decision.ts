import { type Failure, fail, type QuotaDetails, type Result } from "../../errors.ts";
import { type Entitlement, periodStart } from "../../meters.ts";
import { toCredits } from "../../units.ts";
import { allowanceUsage, toMeterShare } from "../ledger/allowances.ts";
import type { HoldTerms, MeterShare } from "../ledger/entries.ts";
import { reserveShares } from "../ledger/grants.ts";
import { affordableOutputTokens, maxCostMicrocredits, type TokenPrices } from "../ledger/price.ts";
import { type AccountState, availableBalance } from "../ledger/state.ts";
import type { KeyBudget } from "../types.ts";

/** The upper bounds of a chat. */
export interface HoldRequest {
  readonly model: string;
  readonly prices: TokenPrices;
  readonly promptBoundTokens: number;
  /** The most output tokens for each choice. */
  readonly maxTokens: number;
  readonly choices: number;
  readonly holdTtlSeconds: number;
  readonly idempotencyKey: string | null;
}

/** The API key that a chat is authorized with. */
export interface CallerKey {
  readonly keyId: string;
  readonly budget: KeyBudget | null;
}

type HoldPayment = Pick<
  HoldTerms,
  "payer" | "amountMicrocredits" | "shares" | "meters" | "maxTokens"
>;

/**
 * Returns the plan's payment; null unless the plan includes the model and every meter that it
 * limits has room. Each choice is a message.
 * @param payer `overage`: overage that the plan bills later counts as room too
 * @param allowOverage whether a chat that begins within the allowance of tokens may run into the
 *   overage, rather than be cut short
 */
function planPayment(
  state: AccountState,
  plan: Entitlement,
  request: HoldRequest,
  payer: "allowance" | "overage",
  allowOverage: boolean,
  nowMs: number,
): HoldPayment | null {
  const { message, token } = plan.allowances;
  if (message === undefined && token === undefined) return null;
  if (plan.models !== null && !plan.models.includes(request.model)) return null;
  const meters: MeterShare[] = [];
  if (message !== undefined) {
    const usage = allowanceUsage(state, "message", message, plan, nowMs);
    const room = payer === "overage" ? usage.leftWithOverage : usage.left;
    if (room < request.choices) return null;
    meters.push(toMeterShare(message, usage, request.choices));
  }
  let { maxTokens } = request;
  if (token !== undefined) {
    const usage = allowanceUsage(state, "token", token, plan, nowMs);
    const { promptBoundTokens, choices } = request;
    const room = payer === "overage" ? usage.leftWithOverage : usage.left;
    if (room < promptBoundTokens + choices) return null;
    const cap = allowOverage ? usage.leftWithOverage : usage.left;
    maxTokens = Math.min(maxTokens, Math.floor((cap - promptBoundTokens) / choices));
    meters.push(toMeterShare(token, usage, promptBoundTokens + maxTokens * choices));
  }
  return { payer, amountMicrocredits: 0, shares: [], meters, maxTokens };
}

const hasOverage = ({ allowances: { message, token } }: Entitlement): boolean =>
  message?.overage !== undefined || token?.overage !== undefined;

/**
 * Returns the payment by credits; null unless they cover the whole prompt and a token for each
 * choice. It lowers the output to what they cover.
 */
function creditPayment(
  state: AccountState,
  spendable: number,
  request: HoldRequest,
  nowMs: number,
): HoldPayment | null {
  const { prices, promptBoundTokens, choices } = request;
  // A debt leaves nothing to spend, which is enough for a free model.
  const affordable = affordableOutputTokens(
    prices,
    Math.max(0, spendable),
    promptBoundTokens,
    choices,
  );
  const maxTokens = Math.min(request.maxTokens, affordable);
  if (maxTokens < 1) return null;
  const amountMicrocredits = maxCostMicrocredits(prices, promptBoundTokens, maxTokens * choices);
  return {
    payer: "credits",
    amountMicrocredits,
    shares: reserveShares(Object.values(state.grants), amountMicrocredits, nowMs),
    meters: [],
    maxTokens,
  };
}

/** Returns the rest of a key's budget in its period. Its open holds count as spent. */
function remainingBudget(
  state: AccountState,
  key: CallerKey | null,
  periodStartMs: number,
): number {
  if (key === null || key.budget === null) return Number.POSITIVE_INFINITY;
  const keyUsage = state.keys[key.keyId];
  const spent = keyUsage?.periodStart === periodStartMs ? keyUsage.spentMicrocredits : 0;
  const held = Object.values(state.holds).reduce((sum, hold) => {
    const counts = hold.keyId === key.keyId && hold.keyPeriodStart === periodStartMs;
    return counts ? sum + hold.amountMicrocredits : sum;
  }, 0);
  return key.budget.limitMicrocredits - spent - held;
}

/** Returns the first of the plan's allowances that a chat does not fit into, if there is one. */
function findSpent(
  state: AccountState,
  plan: Entitlement,
  { promptBoundTokens, choices }: HoldRequest,
  nowMs: number,
) {
  const needs = { message: choices, token: promptBoundTokens + choices } as const;
  for (const meter of ["message", "token"] as const) {
    const allowance = plan.allowances[meter];
    if (allowance === undefined) continue;
    const { left, used, resetsAt } = allowanceUsage(state, meter, allowance, plan, nowMs);
    if (left < needs[meter]) return { meter, limit: allowance.limit, used, resetsAt };
  }
  return null;
}

function quotaFailure(
  state: AccountState,
  plan: Entitlement,
  request: HoldRequest,
  isBudgetExceeded: boolean,
  nowMs: number,
): Failure {
  const spent = findSpent(state, plan, request, nowMs);
  const quota: QuotaDetails = {
    meter: spent?.meter ?? null,
    limit: spent?.limit ?? null,
    used: spent?.used ?? null,
    resetsAt: spent?.resetsAt == null ? null : new Date(spent.resetsAt).toISOString(),
    available: toCredits(availableBalance(state)),
  };
  const reason = isBudgetExceeded
    ? "This key's budget does not cover the request."
    : spent === null
      ? "Your credits do not cover this request, and your plan does not include it."
      : `Your plan's ${spent.meter}s do not cover this request for now, ` +
        "and neither do your credits.";
  return { code: "insufficient_quota", message: reason, quota };
}

/**
 * Decides who pays for a chat, in this order: the plan's allowance, credits, the plan's overage.
 * Pure. The hold is an upper bound of the cost; `maxTokens` is lowered to what can be paid.
 * @param state swept as of `nowMs`
 */
export function decideHold(
  state: AccountState,
  plan: Entitlement,
  key: CallerKey | null,
  request: HoldRequest,
  nowMs: number,
): Result<HoldTerms> {
  const keyPeriodStart = key?.budget == null ? 0 : periodStart(key.budget.period, nowMs);
  const budget = remainingBudget(state, key, keyPeriodStart);
  // Overage is billed later, so it cannot be held against a budget in credits.
  const allowOverage = hasOverage(plan) && key?.budget == null;
  const payment =
    planPayment(state, plan, request, "allowance", allowOverage, nowMs) ??
    creditPayment(state, Math.min(availableBalance(state), budget), request, nowMs) ??
    (allowOverage ? planPayment(state, plan, request, "overage", allowOverage, nowMs) : null);
  if (payment === null) {
    const isBudgetExceeded = creditPayment(state, availableBalance(state), request, nowMs) !== null;
    const { code, message, ...details } = quotaFailure(
      state,
      plan,
      request,
      isBudgetExceeded,
      nowMs,
    );
    return fail(code, message, details);
  }
  const { model, prices, promptBoundTokens, choices, idempotencyKey } = request;
  const expiresAt = nowMs + request.holdTtlSeconds * 1000;
  return {
    ok: true,
    value: {
      ...payment,
      keyId: key?.keyId ?? null,
      keyPeriodStart,
      model,
      prices,
      promptBoundTokens,
      choices,
      expiresAt,
      idempotencyKey,
    },
  };
}
