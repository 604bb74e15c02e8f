import type { MeterShare, Overage } from "./entries.ts";
import { type AccountState, usedInPeriod } from "./state.ts";

/**
 * Returns the part of a settled use that goes past the allowance. It counts what was settled before
 * and not what open holds reserve. So a period's overage adds up to exactly the use beyond what the
 * plan includes, in whatever order its chats end.
 * @param share of a hold that is still open, or one that is counted nowhere yet
 * @param quantity the use that is settled now
 */
function overageQuantity(
  state: AccountState,
  share: MeterShare,
  included: number,
  reservedOverage: number,
  quantity: number,
): number {
  const counter = state.counters[share.counter];
  // The period is over and its count is gone: the allowance's part of the share comes first.
  if (counter !== undefined && counter.periodStart > share.periodStart)
    return Math.max(0, quantity - (share.quantity - reservedOverage));
  const reserved = Object.values(state.holds).flatMap((hold) => hold.meters);
  const held = reserved
    .filter((other) => other.counter === share.counter && other.periodStart === share.periodStart)
    .reduce((sum, other) => sum + other.quantity, 0);
  const settled = usedInPeriod(counter, share.periodStart) - held;
  return Math.min(quantity, Math.max(0, settled + quantity - included));
}

/**
 * Returns the overage that a use causes, for each meter that its plan bills for; undefined when
 * there is none. Never more than was reserved (I4).
 * @param usedQuantity returns the used part of a share
 */
export function computeOverage(
  state: AccountState,
  shares: readonly MeterShare[],
  usedQuantity: (share: MeterShare) => number,
): readonly Overage[] | undefined {
  const overages: Overage[] = [];
  for (const share of shares) {
    if (share.overage === undefined) continue;
    const { eventName, included, past: reservedOverage } = share.overage;
    const used = Math.min(share.quantity, usedQuantity(share));
    const quantity = overageQuantity(state, share, included, reservedOverage, used);
    if (quantity > 0) overages.push({ eventName, quantity });
  }
  return overages.length === 0 ? undefined : overages;
}
