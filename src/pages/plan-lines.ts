import { METERS, type Meter } from "../meters.ts";
import type { ApiClient, ListItem } from "./api.ts";
import type { PageContext } from "./context.ts";
import { formatNumber, formatUnitPrice } from "./format.ts";
import { featureLines, formatList } from "./plan-names.ts";

export type PlanView = ListItem<ApiClient["api"]["plans"]["$get"]>;
export type PriceView = PlanView["prices"][number];
export type Allowance = NonNullable<PlanView["allowances"]["message"]>;

/** The most models that a card names. */
const NAMED_MODELS_MAX = 4;

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

/** Formats an allowance with a limit: its amount, its period, and the price of more. */
export function formatAllowance(
  c: PageContext,
  allowance: Allowance,
  amount: string,
  price: PriceView | undefined,
): string {
  const { pricing: words } = c.var.words;
  const line = words.allowance(amount, periodName(c.var.words, allowance, price));
  const unitPrice = formatOveragePrice(c, allowance, price);
  const overageMax = allowance.overage?.limit ?? null;
  return unitPrice === undefined
    ? line
    : words.beyond(line, unitPrice, overageMax === null ? null : formatNumber(c, overageMax));
}

/** Returns whether a plan pays for chats at all. */
export const paysForChats = ({ allowances: { message, token } }: Pick<PlanView, "allowances">) =>
  (message !== undefined || token !== undefined) && message?.limit !== 0 && token?.limit !== 0;

function modelLines(c: PageContext, plan: Pick<PlanView, "allowances" | "models">): string[] {
  const { shop: words } = c.var.words;
  const { models } = plan;
  if (!paysForChats(plan)) return [];
  if (models === null) return [words.allModels];
  return models.length > NAMED_MODELS_MAX
    ? [words.modelCount(models.length)]
    : [words.models(formatList(c, models))];
}

function allowanceLine(
  c: PageContext,
  { allowances }: Pick<PlanView, "allowances">,
  meter: Meter,
  price: PriceView | undefined,
): string[] {
  const { pricing: words } = c.var.words;
  const allowance = allowances[meter];
  // What is not included is said in the comparison. Tokens without a limit are no news where the
  // messages have one.
  if (allowance === undefined || allowance.limit === 0) return [];
  const isBoundByMessages = meter === "token" && (allowances.message?.limit ?? null) !== null;
  if (allowance.limit === null)
    return isBoundByMessages ? [] : [words.unlimited(words.meters[meter])];
  return [formatAllowance(c, allowance, words.counted[meter](allowance.limit), price)];
}

function creditLines(
  c: PageContext,
  {
    kind,
    credits,
    creditsExpireAfterDays,
  }: Pick<PlanView, "kind" | "credits" | "creditsExpireAfterDays">,
): string[] {
  const { pricing, shop: words } = c.var.words;
  if (credits === 0) return [];
  const isOnce = kind === "one_time";
  return [
    pricing.credits(credits),
    words.anyModel,
    ...(creditsExpireAfterDays !== null
      ? [words.expireAfter(creditsExpireAfterDays)]
      : isOnce
        ? [words.neverExpire]
        : []),
  ];
}

/** Lists what a plan includes at a price, in the reader's language: its models first. */
export function planLines(c: PageContext, plan: PlanView, price: PriceView | undefined): string[] {
  const { pricing: words } = c.var.words;
  return [
    ...(plan.unlocks === "conversation" ? [words.unlocks] : []),
    ...modelLines(c, plan),
    ...creditLines(c, plan),
    ...METERS.flatMap((meter) => allowanceLine(c, plan, meter, price)),
    ...featureLines(c, plan),
  ];
}
