import { z } from "zod";
import { currency, minor, time } from "../../http/answer-fields.ts";
import { ORDER_KINDS, ORDER_STATUSES } from "../tables.ts";

/** A sale as its seller sees it, without its buyer. */
export const saleView = z.strictObject({
  orderId: z.string(),
  kind: z.enum(ORDER_KINDS),
  subjectId: z.string().nullable(),
  title: z.string(),
  currency,
  amountMinor: minor,
  paidMinor: minor,
  refundedMinor: minor,
  /** The seller's share. A promotion code lowers it in proportion to what was paid. */
  shareMinor: minor,
  /** The part of the share that is left after refunds. */
  earnedMinor: minor,
  status: z.enum(ORDER_STATUSES),
  soldAt: time,
});
export type SaleView = z.infer<typeof saleView>;

/** A licence to another user's agent. */
export const licenceView = z.strictObject({
  agentId: z.string().nullable(),
  title: z.string(),
  orderId: z.string(),
  since: time,
});
export type LicenceView = z.infer<typeof licenceView>;
