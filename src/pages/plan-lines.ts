import { METERS } from "../meters.ts";
import type { ApiClient, ListItem } from "./api.ts";
import type { PageContext } from "./context.ts";
import { formatNumber, formatUnitPrice } from "./format.ts";

export type PlanView = ListItem<ApiClient["api"]["plans"]["$get"]>;
export type PriceView = PlanView["prices"][number];
type Allowance = NonNullable<PlanView["allowances"]["message"]>;

/**
 * Formats the price of each unit beyond an allowance, which readers have to know before their
 * invoice.
 * @returns undefined where the allowance ends at its limit, or the price is no longer sold
 */
export function formatOveragePrice(
  c: PageContext,
  { overage }: Allowance,
  price: PriceView | undefined,
): string | undefined {
  if (overage === undefined || price === undefined || price.overageAmountMinor === null)
    return undefined;
  return formatUnitPrice(c, price.overageAmountMinor, price.currency);
}

/** Names an allowance's period. A billing period is as long as the price's interval. */
function periodName(
  { pricing: words }: PageContext["var"]["words"],
  { period }: Allowance,
  price: PriceView | undefined,
): string {
  if (period === "at_once") return words.atOnce;
  const interval = price?.interval ?? null;
  return period === "billing" && interval !== null ? words.per[interval] : words.a[period];
}

/** Lists what a plan includes at a price, in the reader's language. */
export function planLines(
  c: PageContext,
  plan: Pick<PlanView, "allowances" | "credits" | "unlocks" | "features">,
  price: PriceView | undefined,
): string[] {
  const { pricing: words } = c.var.words;
  const included = METERS.flatMap((meter) => {
    const allowance = plan.allowances[meter];
    if (allowance === undefined) return [];
    if (allowance.limit === null) return [words.unlimited(words.meters[meter])];
    const period = periodName(c.var.words, allowance, price);
    const line = words.allowance(words.counted[meter](allowance.limit), period);
    const unitPrice = formatOveragePrice(c, allowance, price);
    const overageMax = allowance.overage?.limit ?? null;
    return [
      unitPrice === undefined
        ? line
        : words.beyond(line, unitPrice, overageMax === null ? null : formatNumber(c, overageMax)),
    ];
  });
  const unlocked = plan.unlocks === "conversation" ? [words.unlocks] : [];
  const credits = plan.credits > 0 ? [words.credits(plan.credits)] : [];
  return [...unlocked, ...credits, ...included, ...plan.features];
}
