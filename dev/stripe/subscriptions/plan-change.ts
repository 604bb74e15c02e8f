import { z } from "zod";
import type { Context } from "../context.ts";
import { invalid, missing } from "../errors.ts";
import { creditLines } from "../invoices/credits.ts";
import { periodLine, remainingLine } from "../invoices/lines.ts";
import { usageLines } from "../invoices/usage.ts";
import { mergeMetadata } from "../metadata.ts";
import { bool, int, list, text } from "../params.ts";
import type { InvoiceLine, Subscription, SubscriptionItem } from "../wire.ts";
import { buildItem, currentPeriod, pricedFields, recurringOf } from "./build.ts";
import { type Period, periodAt } from "./calendar.ts";
import { checkQuantity, checkSameBilling, itemParams, recurringPrice } from "./items.ts";
import { isMetered } from "./metered.ts";

/** When the billing periods begin: an object since 2026-09-30.endive, and no longer a word. */
const billingCycleAnchor = z.strictObject({ type: z.enum(["now", "unchanged"]) });

/** The parameters that change the billing of a subscription. */
export const changeParams = {
  billing_cycle_anchor: billingCycleAnchor.optional(),
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

/** The result of a change. */
export interface PlannedChange {
  readonly items: readonly SubscriptionItem[];
  readonly anchorSeconds: number;
  /** Its charges and credits. */
  readonly lines: readonly InvoiceLine[];
  /** Whether it is billed at once, or with the next invoice. */
  readonly isBilledNow: boolean;
  readonly endsTrial: boolean;
}

type RequestedItem = NonNullable<Change["items"]>[number];

/** Applies a change to one item; returns undefined if it is removed. */
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
  const { quantity: current = 1, ...bare } = item;
  return { ...bare, ...pricedFields({ price, quantity: requested.quantity ?? current, metadata }) };
}

function applyItemChanges(
  ctx: Context,
  before: Subscription,
  requested: readonly RequestedItem[],
  period: Period,
): SubscriptionItem[] {
  let items: SubscriptionItem[] = [...before.items.data];
  for (const [index, itemRequest] of requested.entries()) {
    const param = `items[${index}]`;
    if (itemRequest.id === undefined) {
      const price = recurringPrice(ctx, itemRequest, param);
      checkQuantity(price, itemRequest.quantity, param);
      const metadata = mergeMetadata({}, itemRequest.metadata, `${param}[metadata]`);
      items.push(
        buildItem(ctx, before.id, { price, quantity: itemRequest.quantity ?? 1, metadata }, period),
      );
      continue;
    }
    const item = items.find(({ id }) => id === itemRequest.id);
    if (item === undefined) throw missing("subscription_item", itemRequest.id, `${param}[id]`);
    const after = changeItem(ctx, item, itemRequest, param);
    items = items.flatMap((other) =>
      other !== item ? [other] : after === undefined ? [] : [after],
    );
  }
  if (items.length === 0) throw invalid("A subscription must have at least one item.", "items");
  for (const [index, { price }] of items.entries()) {
    if (price.currency !== before.currency) {
      throw invalid(
        `The price specified only supports \`${price.currency}\`. ` +
          `This doesn't match the expected currency: \`${before.currency}\`.`,
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

/** Places items of another interval into the period that it has, counted from the same anchor. */
function moveToInterval(
  before: Subscription,
  items: readonly SubscriptionItem[],
  first: SubscriptionItem | undefined,
  now: number,
): { readonly interval: Period; readonly items: readonly SubscriptionItem[] } {
  const interval =
    first === undefined
      ? currentPeriod(before)
      : periodAt(before.billing_cycle_anchor, recurringOf(first.price), now);
  return {
    interval,
    items: items.map((item) => ({
      ...item,
      current_period_start: now,
      current_period_end: interval.end,
    })),
  };
}

/**
 * Computes the result of a change, and changes nothing. Within a period, the rest of it is credited
 * at the old price and charged at the new one. `billing_cycle_anchor[type]=now` and the end of a
 * trial begin a new period, billed at once (docs.stripe.com/billing/subscriptions/prorations).
 * Another interval does so in the classic billing mode; in the flexible one the anchor stays, and
 * the rest of the new interval that is counted from it is charged
 * (docs.stripe.com/billing/subscriptions/billing-mode/compare).
 * @throws {ApiError} 400 for an impossible change
 */
export function planChange(ctx: Context, before: Subscription, params: Change): PlannedChange {
  const now = ctx.nowSeconds();
  const period = currentPeriod(before);
  const items = applyItemChanges(ctx, before, params.items ?? [], period);
  const prorationDate = params.proration_date ?? now;
  if (
    params.proration_date !== undefined &&
    (prorationDate < period.start || prorationDate > period.end)
  ) {
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
  const isOtherInterval = intervalKey(items) !== intervalKey(before.items.data);
  const startsPeriod =
    endsTrial ||
    params.billing_cycle_anchor?.type === "now" ||
    (isOtherInterval && before.billing_mode.type === "classic") ||
    before.status === "paused";
  const credits =
    behaviour === "none" || isTrial || before.status === "paused" ? [] : before.items.data;
  const isKept = (item: SubscriptionItem) =>
    isSamePrice(
      item,
      items.find(({ id }) => id === item.id),
    );
  const unused = credits
    .filter((item) => startsPeriod || !isKept(item))
    .flatMap((item) => creditLines(ctx, before, item, prorationDate));
  // Usage is billed when its item is removed, unless nothing is prorated, or its period ends
  // (docs.stripe.com/billing/subscriptions/usage-based/manage-billing-setup). In the classic
  // billing mode removed items are not billed.
  const billsRemoved = behaviour !== "none" && before.billing_mode.type === "flexible";
  const used = usageLines(
    ctx,
    before,
    before.items.data.filter((item) => (isKept(item) ? startsPeriod : billsRemoved)),
    startsPeriod,
  );
  const [first] = items;
  if (!startsPeriod || first === undefined) {
    const isUnchanged = (item: SubscriptionItem) =>
      isSamePrice(
        item,
        before.items.data.find(({ id }) => id === item.id),
      );
    const added =
      behaviour === "none" ? [] : items.filter((item) => isLicensed(item) && !isUnchanged(item));
    const { interval: rest, items: placed } = isOtherInterval
      ? moveToInterval(before, items, first, now)
      : { interval: period, items };
    return {
      items: placed,
      anchorSeconds: before.billing_cycle_anchor,
      lines: [
        ...used,
        ...unused,
        ...added.map((item) => remainingLine(ctx, item, rest, prorationDate)),
      ],
      isBilledNow: behaviour === "always_invoice",
      endsTrial,
    };
  }
  const { start, end } = periodAt(now, recurringOf(first.price), now);
  const itemsInNewPeriod = items.map((item) => ({
    ...item,
    current_period_start: start,
    current_period_end: end,
  }));
  return {
    items: itemsInNewPeriod,
    anchorSeconds: now,
    lines: [
      ...used,
      ...unused,
      ...itemsInNewPeriod
        .filter(isLicensed)
        .map((item) => periodLine(ctx, item, { start, end }, false)),
    ],
    isBilledNow: true,
    endsTrial,
  };
}
