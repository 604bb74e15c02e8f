import type { InferResponseType } from "hono/client";
import { METERS } from "../meters.ts";
import type { ApiClient } from "./api.ts";
import type { PageContext } from "./context.ts";
import { figure, unitMoney } from "./format.ts";

export type ShownPlan = Extract<
  InferResponseType<ApiClient["api"]["plans"]["$get"]>,
  { data: unknown }
>["data"][number];
export type ShownPrice = ShownPlan["prices"][number];
type Allowance = NonNullable<ShownPlan["allowances"]["message"]>;

/**
 * What each unit past an allowance costs, in the reader's money: nobody is to learn of it by their
 * invoice alone.
 * @returns undefined where the allowance ends at its limit, or the price is not sold any more
 */
export function overagePrice(
  c: PageContext,
  { overage }: Allowance,
  price: ShownPrice | undefined,
): string | undefined {
  if (overage === undefined || price === undefined || price.overageAmountMinor === null)
    return undefined;
  return unitMoney(c, price.overageAmountMinor, price.currency);
}

/** What a plan gives at a price, in the reader's words. */
export function planLines(
  c: PageContext,
  plan: Pick<ShownPlan, "allowances" | "credits" | "unlocks" | "features">,
  price: ShownPrice | undefined,
): string[] {
  const { pricing: words } = c.var.words;
  const included = METERS.flatMap((meter) => {
    const allowance = plan.allowances[meter];
    if (allowance === undefined) return [];
    if (allowance.limit === null) return [words.unlimited(words.meters[meter])];
    const period = allowance.period === "at_once" ? words.atOnce : words.a[allowance.period];
    const line = words.allowance(words.counted[meter](allowance.limit), period);
    const each = overagePrice(c, allowance, price);
    const most = allowance.overage?.limit ?? null;
    return [
      each === undefined ? line : words.beyond(line, each, most === null ? null : figure(c, most)),
    ];
  });
  const unlocked = plan.unlocks === "conversation" ? [words.unlocks] : [];
  const credits = plan.credits > 0 ? [words.credits(plan.credits)] : [];
  return [...unlocked, ...credits, ...included, ...plan.features];
}
