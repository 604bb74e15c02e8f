import { z } from "zod";
import { minor, named, time } from "../../http/answer-fields.ts";
import { orderView } from "../orders/wire.ts";

const text = z.string().nullable();

/** An order as an admin sees it: with the state of its money. */
export const orderToAdminView = named("OrderToAdmin", {
  ...orderView.shape,
  sellerId: text,
  sellerShareMinor: minor.nullable(),
  stripePaymentIntentId: text,
  stripeSubscriptionId: text,
  paidAt: time.nullable(),
  nextCheckAt: time.nullable(),
});
export type OrderToAdminView = z.infer<typeof orderToAdminView>;
