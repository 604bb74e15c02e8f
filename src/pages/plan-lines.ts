import type { InferResponseType } from "hono/client";
import type { ApiClient } from "./api.ts";
import type { PageContext } from "./context.ts";
import { figure, unitMoney } from "./format.ts";

export type ShownPlan = Extract<InferResponseType<ApiClient["api"]["plans"]["$get"]>, { data: unknown }>["data"][number];
export type ShownPrice = ShownPlan["prices"][number];
type Allowance = NonNullable<ShownPlan["allowances"]["message"]>;

/**
 * What each unit past an allowance costs, in the reader's money: nobody is to learn of it by their invoice alone.
 * @returns undefined where the allowance ends at its limit, or the price is not sold any more
 */
export function overagePrice(c: PageContext, { overage }: Allowance, price: ShownPrice | undefined): string | undefined {
  if (overage === undefined || price === undefined || price.overageAmountMinor === null) return undefined;
  return unitMoney(c, price.overageAmountMinor, price.currency);
}

/** What a plan gives at a price, in the reader's words. */
export function planLines(
  c: PageContext,
  plan: Pick<ShownPlan, "allowances" | "credits" | "unlocks" | "features">,
  price: ShownPrice | undefined,
): string[] {
  const { pricing: words } = c.var.words;
  const included = Object.entries(words.meters).flatMap(([meter, what]) => {
    const allowance = Object.entries(plan.allowances).find(([name]) => name === meter)?.[1];
    if (allowance === undefined) return [];
    if (allowance.limit === null) return [words.unlimited(what)];
    const period = allowance.period === "at_once" ? words.atOnce : words.a[allowance.period];
    const line = words.allowance(figure(c, allowance.limit), what, period);
    const each = overagePrice(c, allowance, price);
    const most = allowance.overage?.limit ?? null;
    return [each === undefined ? line : words.beyond(line, each, most === null ? null : figure(c, most))];
  });
  const unlocked = plan.unlocks === "conversation" ? [words.unlocks] : [];
  const credits = plan.credits > 0 ? [words.credits(figure(c, plan.credits))] : [];
  return [...unlocked, ...credits, ...included, ...plan.features];
}
