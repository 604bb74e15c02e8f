import { isTokens } from "../ledger/allowances.ts";
import type { Ending, Entry } from "../ledger/entries.ts";
import { take } from "../ledger/grants.ts";
import { overageOf } from "../ledger/overage.ts";
import { costMicrocredits, type TokenUsage } from "../ledger/price.ts";
import type { AccountState, Hold } from "../ledger/state.ts";

/** What the Worker saw of a chat. `usage: null` means that nothing was streamed to the client. */
export interface Outcome {
  readonly ending: Ending;
  readonly usage: TokenUsage | null;
  /** Whether `usage` is our estimate of what was relayed, rather than the upstream's count. */
  readonly estimated: boolean;
  readonly latencyMs: number;
}

/**
 * What a chat costs under its hold's terms: never more than was held (I4), so nothing when an
 * allowance pays, which holds no credit.
 */
export const costUnder = (
  terms: Pick<Hold, "prices" | "amountMicrocredits">,
  usage: TokenUsage,
): number => Math.min(terms.amountMicrocredits, costMicrocredits(terms.prices, usage));

/** Decides how an open hold ends: captured for what was served, voided when nothing was. Pure. */
export function settle(
  state: AccountState,
  hold: Hold,
  outcome: Outcome,
): Extract<Entry, { kind: "capture" | "void" }> {
  const { ending, usage, estimated, latencyMs } = outcome;
  if (usage === null) return { kind: "void", holdNo: hold.holdNo, ending };
  const shares = take(hold.shares, costUnder(hold, usage));
  const { holdNo, model, keyId } = hold;
  const tokens = usage.input + usage.output;
  const overage = overageOf(state, hold.meters, ({ counter, quantity }) =>
    isTokens(counter) ? tokens : quantity,
  );
  const more = overage === undefined ? {} : { overage };
  return {
    kind: "capture",
    holdNo,
    shares,
    model,
    keyId,
    usage,
    estimated,
    ending,
    latencyMs,
    ...more,
  };
}
