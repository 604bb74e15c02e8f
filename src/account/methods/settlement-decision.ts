import { isTokenCounter } from "../ledger/allowances.ts";
import type { Entry, RelayEnding, ServedBy } from "../ledger/entries.ts";
import { allocateShares } from "../ledger/grants.ts";
import { computeOverage } from "../ledger/overage.ts";
import { costMicrocredits, type TokenUsage, type UnitPrice } from "../ledger/price.ts";
import type { AccountState, Hold } from "../ledger/state.ts";

/** The outcome of a chat as the Worker saw it. `usage: null`: nothing reached the client. */
export interface ChatOutcome {
  readonly ending: RelayEnding;
  readonly usage: TokenUsage | null;
  /** Whether `usage` is our own estimate, rather than the upstream's count. */
  readonly estimated: boolean;
  readonly latencyMs: number;
  /** Absent in outcomes of Workers of earlier versions. */
  readonly served?: ServedBy;
}

/**
 * Returns the cost of a chat under its hold's terms: never more than was held (I4), so nothing when
 * an allowance pays, which holds no credit.
 */
export const costWithinHold = (
  terms: Pick<Hold, "prices" | "amountMicrocredits">,
  usage: TokenUsage,
): number => Math.min(terms.amountMicrocredits, costMicrocredits(terms.prices, usage));

/** Returns what a price counts, without the price. */
const unitOf = ({ kind, variant }: UnitPrice): Pick<UnitPrice, "kind" | "variant"> =>
  variant === undefined ? { kind } : { kind, variant };

/** Decides how an open hold ends: captured for what was served, voided when nothing was. Pure. */
export function decideSettlement(
  state: AccountState,
  hold: Hold,
  outcome: ChatOutcome,
): Extract<Entry, { kind: "capture" | "void" }> {
  const { ending, usage, estimated, latencyMs, served } = outcome;
  if (usage === null) return { kind: "void", holdNo: hold.holdNo, ending, ...served };
  const shares = allocateShares(hold.shares, costWithinHold(hold, usage));
  const { holdNo, model, keyId, task, prices } = hold;
  const tokens = usage.input + usage.output;
  const overage = computeOverage(state, hold.meters, ({ counter, quantity }) =>
    isTokenCounter(counter) ? tokens : quantity,
  );
  const overageField = overage === undefined ? {} : { overage };
  const taskFields = {
    ...(task === undefined ? {} : { task }),
    ...(prices.unit === undefined ? {} : { unit: unitOf(prices.unit) }),
  };
  return {
    kind: "capture",
    holdNo,
    shares,
    model,
    keyId,
    ...taskFields,
    usage,
    estimated,
    ending,
    latencyMs,
    ...served,
    ...overageField,
  };
}
