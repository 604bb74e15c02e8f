import type Stripe from "stripe";
import type { SoldPrice } from "../../../catalog/index.ts";
import { toIso } from "../../../time.ts";
import { idOf, secondsToMs } from "../../stripe/values.ts";
import type { ChangeLineKind, ChangePreviewView } from "../wire.ts";
import type { SubscriptionOffer } from "./offer.ts";

/**
 * Shows a line of a change's invoice: its kind and its plan, so that a client need not show
 * Stripe's wording, which is English and names units.
 */
export function showChangeLine(
  { pricing, amount, quantity, description, period }: Stripe.InvoiceLineItem,
  { plan, stripePriceId, meteredStripePriceId }: SubscriptionOffer,
  sold: readonly SoldPrice[],
): ChangePreviewView["lines"][number] {
  const price = pricing?.price_details?.price;
  const priceId = price === undefined ? null : idOf(price);
  const isOffered = priceId === stripePriceId || priceId === meteredStripePriceId;
  const offered = isOffered ? { id: plan.id, name: plan.name, names: plan.names } : null;
  const match = sold.find(
    (one) => one.stripePriceId === priceId || one.meteredStripePriceId === priceId,
  );
  const isMetered =
    priceId === meteredStripePriceId || sold.some((one) => one.meteredStripePriceId === priceId);
  const kind = (): ChangeLineKind => {
    if (priceId === null || (match === undefined && offered === null)) return "other";
    if (isMetered) return "overage";
    return amount < 0 ? "unused_time" : "plan";
  };
  return {
    kind: kind(),
    plan:
      match === undefined
        ? offered
        : { id: match.planId, name: match.planName, names: match.planNames },
    quantity: quantity ?? null,
    description,
    amountMinor: amount,
    periodStart: toIso(secondsToMs(period.start)),
    periodEnd: toIso(secondsToMs(period.end)),
  };
}
