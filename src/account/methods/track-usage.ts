import { type Failure, fail, ok, type Result } from "../../errors.ts";
import type { Allowance, Entitlement, Meter } from "../../meters.ts";
import { toCredits } from "../../units.ts";
import { type Account, accountNotFound } from "../account.ts";
import { allowanceUsage, toMeterShare, toMeterUsage } from "../ledger/allowances.ts";
import { computeOverage } from "../ledger/overage.ts";
import { type AccountState, availableBalance } from "../ledger/state.ts";
import type { ReleaseResult, TrackCommand, TrackResult } from "../types.ts";

/** The allowance of a meter that a plan does not mention. */
const NO_ALLOWANCE: Allowance = { limit: 0, period: "at_once" };

function quotaFailure(
  state: AccountState,
  meter: Meter,
  allowance: Allowance | undefined,
  plan: Entitlement,
  nowMs: number,
): Failure {
  const { used, limit, resetsAt } = toMeterUsage(
    state,
    meter,
    allowance ?? NO_ALLOWANCE,
    plan,
    nowMs,
  );
  const quota = {
    meter,
    limit,
    used,
    resetsAt: resetsAt === null ? null : new Date(resetsAt).toISOString(),
    available: toCredits(availableBalance(state)),
  };
  const message =
    allowance === undefined
      ? `Your plan doesn't include the meter "${meter}".`
      : `You've used ${used} of ${limit} on the meter "${meter}", too many for this request. ` +
        "Change your plan for more.";
  return { code: "insufficient_quota", message, quota };
}

/**
 * Tracks a use of the plan's allowance of a meter, and of its overage after it, once for each
 * `operationId`: called again, in whatever period, it counts nothing (I9). Credits do not pay for
 * it. `insufficient_quota` when the plan does not include so much; `conflict` when the operation
 * was something else.
 */
export function trackUsage(
  account: Account,
  command: TrackCommand,
  nowMs: number,
): Result<TrackResult> {
  const { ledger, notices, plan } = account;
  const { operationId, meter, quantity } = command;
  if (plan === null) return accountNotFound({ kind: "session" });
  if (!Number.isSafeInteger(quantity) || quantity <= 0) {
    throw new RangeError(`only a whole number above 0 can be used, not ${quantity}`);
  }
  ledger.sweep(nowMs);
  const { state } = ledger;
  const allowance = plan.allowances[meter];
  const previous = ledger.findOperation(operationId)?.entry;
  if (previous !== undefined) {
    const isSameOperation =
      (previous.kind === "track" || previous.kind === "track_release") &&
      previous.meter === meter &&
      previous.quantity === quantity;
    if (!isSameOperation)
      return fail("conflict", `${operationId} didn't use ${quantity} of the meter "${meter}".`);
    return ok({
      applied: false,
      usage: toMeterUsage(state, meter, allowance ?? NO_ALLOWANCE, plan, nowMs),
    });
  }
  const current =
    allowance === undefined ? null : allowanceUsage(state, meter, allowance, plan, nowMs);
  if (allowance === undefined || current === null || current.leftWithOverage < quantity) {
    return { ok: false, failure: quotaFailure(state, meter, allowance, plan, nowMs) };
  }
  const overage = computeOverage(
    state,
    [toMeterShare(allowance, current, quantity)],
    () => quantity,
  );
  const overageField = overage === undefined ? {} : { overage };
  const entryNo = ledger.append(
    {
      kind: "track",
      operationId,
      meter,
      quantity,
      period: current.counterPeriod,
      periodStart: current.periodStart,
      ...overageField,
    },
    nowMs,
  );
  ledger.recordOperation(operationId, entryNo);
  if (current.left <= quantity) notices.lookSoon();
  return ok({ applied: true, usage: toMeterUsage(state, meter, allowance, plan, nowMs) });
}

/**
 * Releases a tracked use, once: it does not count in `at_once` any more, whatever plan it was
 * tracked under. The use of a period stays used. `conflict` when the operation was something else.
 */
export function releaseUsage(
  account: Account,
  operationId: string,
  nowMs: number,
): Result<ReleaseResult> {
  const { ledger, plan } = account;
  if (plan === null) return accountNotFound({ kind: "session" });
  const previous = ledger.findOperation(operationId)?.entry;
  if (previous === undefined || previous.kind === "track_release") return ok({ released: false });
  if (previous.kind !== "track") return fail("conflict", `${operationId} didn't use a meter.`);
  const { meter, quantity } = previous;
  const entryNo = ledger.append({ kind: "track_release", operationId, meter, quantity }, nowMs);
  ledger.recordOperation(operationId, entryNo);
  return ok({ released: true });
}
