import { type Failure, fail, type QuotaDetails, type Result } from "../../errors.ts";
import { type Entitlement, periodStart } from "../../meters.ts";
import { toCredits } from "../../units.ts";
import { allowanceUse, shareOf } from "../ledger/allowances.ts";
import type { HoldTerms, MeterShare } from "../ledger/entries.ts";
import { reserve } from "../ledger/grants.ts";
import { affordableOutputTokens, boundMicrocredits, type TokenPrices } from "../ledger/price.ts";
import { type AccountState, available } from "../ledger/state.ts";
import type { KeyBudget } from "../types.ts";

/** What a chat asks for, in upper bounds. */
export interface ChatRequest {
  readonly model: string;
  readonly prices: TokenPrices;
  readonly promptBoundTokens: number;
  /** The most output tokens wanted, for each choice. */
  readonly maxTokens: number;
  readonly choices: number;
  readonly holdTtlSeconds: number;
  readonly idempotencyKey: string | null;
}

/** The key that asks, if one does. */
export interface AskingKey {
  readonly keyId: string;
  readonly budget: KeyBudget | null;
}

type Payment = Pick<HoldTerms, "payer" | "amountMicrocredits" | "shares" | "meters" | "maxTokens">;

/**
 * The plan pays when it includes the model and every meter that it limits has room. Each choice is
 * a message.
 * @param payer `overage`: what the plan bills later counts as room too
 * @param mayRunOver whether a chat that begins within the allowance of tokens may run into the
 *   overage, rather than be cut short
 */
function payByPlan(
  state: AccountState,
  plan: Entitlement,
  request: ChatRequest,
  payer: "allowance" | "overage",
  mayRunOver: boolean,
  nowMs: number,
): Payment | null {
  const { message, token } = plan.allowances;
  if (message === undefined && token === undefined) return null;
  if (plan.models !== null && !plan.models.includes(request.model)) return null;
  const meters: MeterShare[] = [];
  if (message !== undefined) {
    const use = allowanceUse(state, "message", message, nowMs);
    const room = payer === "overage" ? use.leftWithOverage : use.left;
    if (room < request.choices) return null;
    meters.push(shareOf(message, use, request.choices));
  }
  let { maxTokens } = request;
  if (token !== undefined) {
    const use = allowanceUse(state, "token", token, nowMs);
    const { promptBoundTokens, choices } = request;
    const room = payer === "overage" ? use.leftWithOverage : use.left;
    if (room < promptBoundTokens + choices) return null;
    const cap = mayRunOver ? use.leftWithOverage : use.left;
    maxTokens = Math.min(maxTokens, Math.floor((cap - promptBoundTokens) / choices));
    meters.push(shareOf(token, use, promptBoundTokens + maxTokens * choices));
  }
  return { payer, amountMicrocredits: 0, shares: [], meters, maxTokens };
}

const hasOverage = ({ allowances: { message, token } }: Entitlement): boolean =>
  message?.overage !== undefined || token?.overage !== undefined;

/**
 * Credits pay when they cover the whole prompt and at least one token for each choice; the output
 * is cut to what they cover.
 */
function payByCredits(
  state: AccountState,
  spendable: number,
  request: ChatRequest,
  nowMs: number,
): Payment | null {
  const { prices, promptBoundTokens, choices } = request;
  // A debt leaves nothing to spend, which is enough for a model that is free.
  const affordable = affordableOutputTokens(
    prices,
    Math.max(0, spendable),
    promptBoundTokens,
    choices,
  );
  const maxTokens = Math.min(request.maxTokens, affordable);
  if (maxTokens < 1) return null;
  const amountMicrocredits = boundMicrocredits(prices, promptBoundTokens, maxTokens * choices);
  return {
    payer: "credits",
    amountMicrocredits,
    shares: reserve(Object.values(state.grants), amountMicrocredits, nowMs),
    meters: [],
    maxTokens,
  };
}

/** What is left of a key's budget in its period, in microcredits: its open holds count as spent. */
function budgetLeft(state: AccountState, key: AskingKey | null, periodStartMs: number): number {
  if (key === null || key.budget === null) return Number.POSITIVE_INFINITY;
  const use = state.keys[key.keyId];
  const spent = use?.periodStart === periodStartMs ? use.spentMicrocredits : 0;
  const held = Object.values(state.holds).reduce((sum, hold) => {
    const counts = hold.keyId === key.keyId && hold.keyPeriodStart === periodStartMs;
    return counts ? sum + hold.amountMicrocredits : sum;
  }, 0);
  return key.budget.limitMicrocredits - spent - held;
}

function refusal(
  state: AccountState,
  plan: Entitlement,
  choices: number,
  byBudget: boolean,
  nowMs: number,
): Failure {
  const message = plan.allowances.message;
  const use = message === undefined ? null : allowanceUse(state, "message", message, nowMs);
  const spent = use !== null && use.left < choices;
  const quota: QuotaDetails = {
    meter: spent ? "message" : null,
    limit: spent ? (message?.limit ?? null) : null,
    used: spent ? use.used : null,
    resetsAt: spent && use.resetsAt !== null ? new Date(use.resetsAt).toISOString() : null,
    available: toCredits(available(state)),
  };
  const why = byBudget
    ? "This key's budget does not cover the request."
    : spent
      ? "Your plan's messages do not cover this request for now, and neither do your credits."
      : "Your credits do not cover this request, and your plan does not include it.";
  return { code: "insufficient_quota", message: why, quota };
}

/**
 * Decides who pays for a chat, in this order: the plan's allowance, credits, the plan's overage.
 * Pure: nothing is changed. The hold is an upper bound of what the chat can cost; `maxTokens` is
 * lowered to what can be paid.
 * @param state already rid of what was due at `nowMs`
 */
export function authorize(
  state: AccountState,
  plan: Entitlement,
  key: AskingKey | null,
  request: ChatRequest,
  nowMs: number,
): Result<HoldTerms> {
  const keyPeriodStart = key?.budget == null ? 0 : periodStart(key.budget.period, nowMs);
  const budget = budgetLeft(state, key, keyPeriodStart);
  // What is billed later cannot be held against a budget in credits.
  const mayRunOver = hasOverage(plan) && key?.budget == null;
  const payment =
    payByPlan(state, plan, request, "allowance", mayRunOver, nowMs) ??
    payByCredits(state, Math.min(available(state), budget), request, nowMs) ??
    (mayRunOver ? payByPlan(state, plan, request, "overage", mayRunOver, nowMs) : null);
  if (payment === null) {
    const byBudget = payByCredits(state, available(state), request, nowMs) !== null;
    const { code, message, ...more } = refusal(state, plan, request.choices, byBudget, nowMs);
    return fail(code, message, more);
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
