import type Stripe from "stripe";
import { toIso } from "../../time.ts";
import { secondsToMs } from "../stripe/values.ts";
import type { SaleReference } from "./find-sale.ts";
import type { RefundView } from "./wire.ts";

/** Shows a refund, with the reason that the request gave. */
export const showRefund = (
  { id, amount, currency, status, created }: Stripe.Refund,
  sale: SaleReference,
  reason: string | undefined,
): RefundView => ({
  id,
  ...sale,
  amountMinor: amount,
  currency,
  status,
  reason: reason ?? null,
  createdAt: toIso(secondsToMs(created)),
});
