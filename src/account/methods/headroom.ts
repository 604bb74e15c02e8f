import type { Entitlement, Meter } from "../../meters.ts";
import { allowanceUsage } from "../ledger/allowances.ts";
import type { HoldTerms } from "../ledger/entries.ts";
import { type AccountState, availableBalance } from "../ledger/state.ts";
import { type CallerKey, remainingBudget } from "./hold-decision.ts";

/** What the payer of a chat has left for more of its caller's chats with its model. */
export type Headroom =
  | { readonly payer: "credits"; readonly microcredits: number }
  /** null: without a limit. */
  | {
      readonly payer: "allowance";
      readonly messages: number | null;
      readonly tokens: number | null;
    };

/**
 * Returns what the payer of a hold has left beside it; null where use is billed later. Pure. It
 * promises nothing: what else is authorized in the meantime is not in it.
 * @param state with the hold in it
 */
export function headroomOf(
  state: AccountState,
  plan: Entitlement,
  key: CallerKey | null,
  { payer, keyPeriodStart }: Pick<HoldTerms, "payer" | "keyPeriodStart">,
  nowMs: number,
): Headroom | null {
  if (payer === "overage") return null;
  if (payer === "credits")
    return {
      payer,
      microcredits: Math.min(availableBalance(state), remainingBudget(state, key, keyPeriodStart)),
    };
  const left = (meter: Meter): number | null => {
    const allowance = plan.allowances[meter];
    if (allowance === undefined || allowance.limit === null) return null;
    return allowanceUsage(state, meter, allowance, plan, nowMs).left;
  };
  return { payer, messages: left("message"), tokens: left("token") };
}
