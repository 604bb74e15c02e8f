import { type Failure, fail, type QuotaDetails, type Result } from "../../errors.ts";
import { type Entitlement, periodStart } from "../../meters.ts";
import { toCredits } from "../../units.ts";
import { allowanceUsage, toMeterShare } from "../ledger/allowances.ts";
import type { HoldTerms, MeterShare, Task } from "../ledger/entries.ts";
import { reserveShares } from "../ledger/grants.ts";
import {
  affordableInputTokens,
  affordableOutputTokens,
  maxCostMicrocredits,
  type TokenPrices,
} from "../ledger/price.ts";
import { type AccountState, availableBalance } from "../ledger/state.ts";
import type { KeyBudget } from "../types.ts";

/** The upper bounds of a chat. */
export interface HoldRequest {
  readonly model: string;
  readonly prices: TokenPrices;
  readonly promptBoundTokens: number;
  /**
   * An estimate of the prompt that is not below what common tokenizers count. It is what has to be
   * paid where the bound cannot be. Absent in commands of Workers of before there was one: then the
   * bound is.
   */
  readonly promptEstimateTokens?: number;
  /** The most output tokens for each choice. */
  readonly maxTokens: number;
  readonly choices: number;
  /** The most units of the price's unit. */
  readonly maxUnits?: number;
  /** The task that is asked for; absent for a chat. */
  readonly task?: Task;
  readonly holdTtlSeconds: number;
  readonly idempotencyKey: string | null;
}

/** The API key that a chat is authorized with. */
export interface CallerKey {
  readonly keyId: string;
  readonly budget: KeyBudget | null;
  readonly isSession?: true;
}

type HoldPayment = Pick<
  HoldTerms,
  "payer" | "amountMicrocredits" | "shares" | "meters" | "promptBoundTokens" | "maxTokens"
>;

/** Returns the fewest tokens of the prompt that have to be paid for. */
const leastPrompt = ({ promptBoundTokens, promptEstimateTokens }: HoldRequest): number =>
  Math.min(promptBoundTokens, promptEstimateTokens ?? promptBoundTokens);

/** Returns the fewest tokens that a request takes: its prompt, and one for each reply in tokens. */
const leastTokens = (request: HoldRequest): number =>
  leastPrompt(request) + Math.min(1, request.maxTokens) * request.choices;

/**
 * Fits a request into the tokens that are left. Where its bounds do not fit, the prompt has to by
 * its estimate, and the reply is cut to what is left beside that; all that is left is held then. So
 * nobody who can pay for a chat is refused for its bound, and none uses more than was held.
 */
function fitIntoTokens(
  request: HoldRequest,
  room: number,
): Pick<HoldPayment, "promptBoundTokens" | "maxTokens"> {
  const { promptBoundTokens, choices } = request;
  const affordable = Math.floor((room - leastPrompt(request)) / choices);
  const maxTokens = Math.min(request.maxTokens, affordable);
  return { promptBoundTokens: Math.min(promptBoundTokens, room - maxTokens * choices), maxTokens };
}

/**
 * Returns whether a plan's allowances may pay for a request. A model with a price for each unit has
 * to be named by the plan, which has to limit messages: a plan of all models that came before it
 * gives none of it away. What costs nobody anything uses up no allowance.
 */
function isIncluded(plan: Entitlement, { model, prices, task }: HoldRequest): boolean {
  const { message, token } = plan.allowances;
  if (task === "moderation" || (message === undefined && token === undefined)) return false;
  if (prices.unit !== undefined && (plan.models === null || message === undefined)) return false;
  return plan.models === null || plan.models.includes(model);
}

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
  if (!isIncluded(plan, request)) return null;
  const { message, token } = plan.allowances;
  const meters: MeterShare[] = [];
  if (message !== undefined) {
    const usage = allowanceUsage(state, "message", message, plan, nowMs);
    const room = payer === "overage" ? usage.leftWithOverage : usage.left;
    if (room < request.choices) return null;
    meters.push(toMeterShare(message, usage, request.choices));
  }
  let bounds: Pick<HoldPayment, "promptBoundTokens" | "maxTokens"> = request;
  if (token !== undefined) {
    const usage = allowanceUsage(state, "token", token, plan, nowMs);
    const room = payer === "overage" ? usage.leftWithOverage : usage.left;
    if (room < leastTokens(request)) return null;
    bounds = fitIntoTokens(request, allowOverage ? usage.leftWithOverage : usage.left);
    const quantity = bounds.promptBoundTokens + bounds.maxTokens * request.choices;
    meters.push(toMeterShare(token, usage, quantity));
  }
  const { promptBoundTokens, maxTokens } = bounds;
  return { payer, amountMicrocredits: 0, shares: [], meters, promptBoundTokens, maxTokens };
}

const hasOverage = ({ allowances: { message, token } }: Entitlement): boolean =>
  message?.overage !== undefined || token?.overage !== undefined;

/**
 * Returns the payment by credits; null unless they cover the prompt, by its estimate at least, all
 * units, and a token for each choice that may have one. Where they do not cover the bounds, the
 * output is lowered to what they cover, and all of them are held.
 */
function creditPayment(
  state: AccountState,
  spendable: number,
  request: HoldRequest,
  nowMs: number,
): HoldPayment | null {
  const { prices, choices, maxUnits } = request;
  // A debt leaves nothing to spend, which is enough for a free model.
  const credits = Math.max(0, spendable);
  const least = leastPrompt(request);
  const affordable = affordableOutputTokens(prices, credits, least, choices, maxUnits);
  const maxTokens = Math.min(request.maxTokens, affordable);
  if (maxTokens < Math.min(1, request.maxTokens)) return null;
  const promptBoundTokens = affordableInputTokens(
    prices,
    credits,
    [least, request.promptBoundTokens],
    maxTokens * choices,
    maxUnits,
  );
  const amountMicrocredits = maxCostMicrocredits(
    prices,
    promptBoundTokens,
    maxTokens * choices,
    maxUnits,
  );
  return {
    payer: "credits",
    amountMicrocredits,
    shares: reserveShares(Object.values(state.grants), amountMicrocredits, nowMs),
    meters: [],
    promptBoundTokens,
    maxTokens,
  };
}

/** Returns the rest of a key's budget in its period. Its open holds count as spent. */
export function remainingBudget(
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
function findSpent(state: AccountState, plan: Entitlement, request: HoldRequest, nowMs: number) {
  const needs = { message: request.choices, token: leastTokens(request) } as const;
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
  key: CallerKey | null,
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
    ? key?.isSession === true
      ? "This session has used up the most that it may spend. Begin another session."
      : "This API key has used up its budget. Raise the budget, wait for it to reset, or use " +
        "another key."
    : spent === null
      ? `Your plan doesn't include ${request.model}, and your credits don't cover the request. ` +
        "Add credits or choose another model."
      : `Your plan's remaining ${spent.meter}s don't cover this request, and neither do your ` +
        "credits. Add credits or upgrade your plan.";
  return {
    code: "insufficient_quota",
    message: reason,
    quota,
    details: { model: request.model, reason: isBudgetExceeded ? "key_budget" : "balance" },
  };
}

/**
 * Decides who pays for a chat, in this order: the plan's allowance, credits, the plan's overage.
 * Pure. The hold is an upper bound of the cost where that can be paid, and otherwise all that is
 * left; `maxTokens` is lowered to what can be paid.
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
      key,
      isBudgetExceeded,
      nowMs,
    );
    return fail(code, message, details);
  }
  const { model, prices, choices, maxUnits, task, idempotencyKey } = request;
  const expiresAt = nowMs + request.holdTtlSeconds * 1000;
  return {
    ok: true,
    value: {
      ...payment,
      keyId: key?.keyId ?? null,
      keyPeriodStart,
      model,
      prices,
      choices,
      ...(maxUnits === undefined ? {} : { maxUnits }),
      ...(task === undefined ? {} : { task }),
      expiresAt,
      idempotencyKey,
    },
  };
}
