import { z } from "zod";
import type { Context } from "../context.ts";
import { invalid, missing } from "../errors.ts";
import { periodLine, remainingLine, unusedLine } from "../invoices/lines.ts";
import { usageLines } from "../invoices/usage.ts";
import { mergeMetadata } from "../metadata.ts";
import { bool, int, list, text } from "../params.ts";
import type { InvoiceLine, Subscription, SubscriptionItem } from "../wire.ts";
import { buildItem, currentPeriod, pricedFields, recurringOf } from "./build.ts";
import { type Period, periodAt } from "./calendar.ts";
import { checkQuantity, checkSameBilling, itemParams, recurringPrice } from "./items.ts";
import { isMetered } from "./metered.ts";

/** What can change about what is paid. */
export const changeParams = {
  billing_cycle_anchor: z.enum(["now", "unchanged"]).optional(),
  items: list(
    itemParams.extend({ deleted: bool.optional(), id: text().optional() }),
    20,
  ).optional(),
  proration_behavior: z.enum(["always_invoice", "create_prorations", "none"]).optional(),
  proration_date: int().optional(),
  trial_end: z.enum(["now"]).optional(),
};
const change = z.strictObject(changeParams);
export type Change = z.output<typeof change>;

/** What a change comes to. */
export interface PlannedChange {
  readonly items: readonly SubscriptionItem[];
  readonly anchorSeconds: number;
  /** What it costs, or gives back. */
  readonly lines: readonly InvoiceLine[];
  /** Billed at once; otherwise with the next invoice. */
  readonly isBilledNow: boolean;
  readonly endsTrial: boolean;
}

type RequestedItem = NonNullable<Change["items"]>[number];

/** One item as it is to be: undefined where it is removed. */
function changeItem(
  ctx: Context,
  item: SubscriptionItem,
  requested: RequestedItem,
  param: string,
): SubscriptionItem | undefined {
  if (requested.deleted === true) return undefined;
  const isPriced = requested.price !== undefined || requested.price_data !== undefined;
  const price =
    isPriced && requested.price !== item.price.id
      ? recurringPrice(ctx, requested, param)
      : item.price;
  const metadata = mergeMetadata(item.metadata, requested.metadata, `${param}[metadata]`);
  checkQuantity(price, requested.quantity, param);
  const { quantity: kept = 1, ...bare } = item;
  return { ...bare, ...pricedFields({ price, quantity: requested.quantity ?? kept, metadata }) };
}

function applyItemChanges(
  ctx: Context,
  before: Subscription,
  requested: readonly RequestedItem[],
  period: Period,
): SubscriptionItem[] {
  let items: SubscriptionItem[] = [...before.items.data];
  for (const [index, one] of requested.entries()) {
    const param = `items[${index}]`;
    if (one.id === undefined) {
      const price = recurringPrice(ctx, one, param);
      checkQuantity(price, one.quantity, param);
      const metadata = mergeMetadata({}, one.metadata, `${param}[metadata]`);
      items.push(
        buildItem(ctx, before.id, { price, quantity: one.quantity ?? 1, metadata }, period),
      );
      continue;
    }
    const item = items.find(({ id }) => id === one.id);
    if (item === undefined) throw missing("subscription_item", one.id, `${param}[id]`);
    const after = changeItem(ctx, item, one, param);
    items = items.flatMap((other) =>
      other !== item ? [other] : after === undefined ? [] : [after],
    );
  }
  if (items.length === 0) throw invalid("A subscription must have at least one item.", "items");
  for (const [index, { price }] of items.entries()) {
    if (price.currency !== before.currency) {
      throw invalid(
        `The price specified only supports \`${price.currency}\`. This doesn't match the expected currency: \`${before.currency}\`.`,
        `items[${index}][price]`,
      );
    }
  }
  checkSameBilling(items.map((item) => item.price));
  return items;
}

const isSamePrice = (a: SubscriptionItem | undefined, b: SubscriptionItem | undefined): boolean =>
  a?.price.id === b?.price.id && a?.quantity === b?.quantity;

const isLicensed = ({ price }: SubscriptionItem): boolean => !isMetered(price);

const intervalKey = (items: readonly SubscriptionItem[]): string => {
  const [first] = items;
  return `${first?.price.recurring?.interval_count} ${first?.price.recurring?.interval}`;
};

/**
 * Works out what a change comes to, and changes nothing. Within a period, what is left of it is
 * given back at the old price and asked at the new one. Another interval,
 * `billing_cycle_anchor=now` and the end of a trial begin a new period, billed at once
 * (docs.stripe.com/billing/subscriptions/prorations).
 * @throws {ApiError} 400 for what cannot be changed so
 */
export function planChange(ctx: Context, before: Subscription, params: Change): PlannedChange {
  const now = ctx.nowSeconds();
  const period = currentPeriod(before);
  const items = applyItemChanges(ctx, before, params.items ?? [], period);
  const at = params.proration_date ?? now;
  if (params.proration_date !== undefined && (at < period.start || at > period.end)) {
    throw invalid(
      "Cannot specify proration date outside of current subscription period.",
      "proration_date",
    );
  }
  const isTrial = before.status === "trialing";
  const endsTrial = isTrial && params.trial_end === "now";
  const behaviour = params.proration_behavior ?? "create_prorations";
  if (isTrial && !endsTrial) {
    return {
      items,
      anchorSeconds: before.billing_cycle_anchor,
      lines: [],
      isBilledNow: false,
      endsTrial,
    };
  }
  const resets =
    endsTrial ||
    params.billing_cycle_anchor === "now" ||
    intervalKey(items) !== intervalKey(before.items.data) ||
    before.status === "paused";
  const credits =
    behaviour === "none" || isTrial || before.status === "paused" ? [] : before.items.data;
  const isKept = (item: SubscriptionItem) =>
    isSamePrice(
      item,
      items.find(({ id }) => id === item.id),
    );
  const unused = credits
    .filter((item) => isLicensed(item) && (resets || !isKept(item)))
    .map((item) => unusedLine(ctx, item, period, at));
  // What was used is billed when its item goes, or its period ends.
  const used = usageLines(
    ctx,
    before,
    before.items.data.filter((item) => resets || !isKept(item)),
    resets,
  );
  const [first] = items;
  if (!resets || first === undefined) {
    const wasThere = (item: SubscriptionItem) =>
      isSamePrice(
        item,
        before.items.data.find(({ id }) => id === item.id),
      );
    const added =
      behaviour === "none" ? [] : items.filter((item) => isLicensed(item) && !wasThere(item));
    return {
      items,
      anchorSeconds: before.billing_cycle_anchor,
      lines: [...used, ...unused, ...added.map((item) => remainingLine(ctx, item, period, at))],
      isBilledNow: behaviour === "always_invoice",
      endsTrial,
    };
  }
  const { start, end } = periodAt(now, recurringOf(first.price), now);
  const moved = items.map((item) => ({
    ...item,
    current_period_start: start,
    current_period_end: end,
  }));
  return {
    items: moved,
    anchorSeconds: now,
    lines: [
      ...used,
      ...unused,
      ...moved.filter(isLicensed).map((item) => periodLine(ctx, item, { start, end }, false)),
    ],
    isBilledNow: true,
    endsTrial,
  };
}
