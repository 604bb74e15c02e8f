import { type Failure, fail } from "../../errors.ts";
import type { Allowance, Meter } from "../../meters.ts";
import { toCredits } from "../../units.ts";
import { type Account, unopened } from "../account.ts";
import { allowanceUse, shareOf, showMeter } from "../ledger/allowances.ts";
import { overageOf } from "../ledger/overage.ts";
import { type AccountState, available } from "../ledger/state.ts";
import type { ReleaseReply, Reply, TrackCommand, TrackReply } from "../types.ts";

/** What a plan that does not mention a meter includes of it. */
const NOTHING: Allowance = { limit: 0, period: "at_once" };

function refusal(
  state: AccountState,
  meter: Meter,
  allowance: Allowance | undefined,
  nowMs: number,
): Failure {
  const { used, limit, resetsAt } = showMeter(state, meter, allowance ?? NOTHING, nowMs);
  const quota = {
    meter,
    limit,
    used,
    resetsAt: resetsAt === null ? null : new Date(resetsAt).toISOString(),
    available: toCredits(available(state)),
  };
  const message =
    allowance === undefined
      ? `Your plan does not include the meter "${meter}".`
      : `Your plan includes ${limit} of the meter "${meter}", which do not cover this.`;
  return { code: "insufficient_quota", message, quota };
}

/**
 * Uses up the plan's allowance of a meter, and its overage after it, once for each `operationId`:
 * the same one again counts nothing, in whatever period it comes (I9). Credits do not pay for it.
 * `insufficient_quota` when the plan does not include so much; `conflict` when the operation was
 * something else.
 */
export function trackUse(
  account: Account,
  command: TrackCommand,
  nowMs: number,
): Reply<TrackReply> {
  const { ledger, plan } = account;
  const { operationId, meter, quantity } = command;
  if (plan === null) return unopened({ kind: "session" });
  if (!Number.isSafeInteger(quantity) || quantity <= 0) {
    throw new RangeError(`only a whole number above 0 can be used, not ${quantity}`);
  }
  ledger.sweep(nowMs);
  const { state } = ledger;
  const allowance = plan.allowances[meter];
  const done = ledger.operation(operationId)?.entry;
  if (done !== undefined) {
    const same =
      (done.kind === "track" || done.kind === "track_release") &&
      done.meter === meter &&
      done.quantity === quantity;
    if (!same)
      return fail(
        "conflict",
        `${operationId} was not a use of ${quantity} of the meter "${meter}".`,
      );
    return {
      ok: true,
      applied: false,
      usage: showMeter(state, meter, allowance ?? NOTHING, nowMs),
    };
  }
  const use = allowance === undefined ? null : allowanceUse(state, meter, allowance, nowMs);
  if (allowance === undefined || use === null || use.leftWithOverage < quantity) {
    return { ok: false, failure: refusal(state, meter, allowance, nowMs) };
  }
  const overage = overageOf(state, [shareOf(allowance, use, quantity)], () => quantity);
  const more = overage === undefined ? {} : { overage };
  const { period } = allowance;
  const entryNo = ledger.append(
    { kind: "track", operationId, meter, quantity, period, periodStart: use.periodStart, ...more },
    nowMs,
  );
  ledger.recordOperation(operationId, entryNo);
  return { ok: true, applied: true, usage: showMeter(state, meter, allowance, nowMs) };
}

/**
 * What was tracked under this `operationId` is there no more: it does not count at once any longer,
 * whatever plan it was tracked under. What it used of a period stays used. Once: again it changes
 * nothing. `conflict` when the operation was something else.
 */
export function releaseUse(
  account: Account,
  operationId: string,
  nowMs: number,
): Reply<ReleaseReply> {
  const { ledger, plan } = account;
  if (plan === null) return unopened({ kind: "session" });
  const done = ledger.operation(operationId)?.entry;
  if (done === undefined || done.kind === "track_release") return { ok: true, released: false };
  if (done.kind !== "track") return fail("conflict", `${operationId} was not a use of a meter.`);
  const { meter, quantity } = done;
  const entryNo = ledger.append({ kind: "track_release", operationId, meter, quantity }, nowMs);
  ledger.recordOperation(operationId, entryNo);
  return { ok: true, released: true };
}
