import type { Context } from "../../context.ts";
import type { Result } from "../../errors.ts";
import { syncPrice } from "../stripe-catalog/sync-price.ts";
import { syncProduct } from "../stripe-catalog/sync-product.ts";
import { syncInvoice, syncSubscription } from "../subscriptions/sync/sync-subscription.ts";
import { recordUncountedUsage } from "./record-uncounted-usage.ts";
import type { EventObjectOutcome } from "./sync-order.ts";
import { syncCharge, syncDispute, syncPayment, syncRefund } from "./sync-payment.ts";
import { syncSession } from "./sync-session.ts";

/**
 * Syncs whatever depends on the object that an event is about. It gets nothing else of the event:
 * it fetches the object from Stripe.
 */
type Handler = (
  ctx: Context,
  objectId: string,
  eventId: string,
) => Promise<Result<EventObjectOutcome>>;

/**
 * The handlers of the snapshot events that change anything. Others get a 200 and count as ignored.
 */
const SNAPSHOT_HANDLERS: Readonly<Record<string, Handler>> = {
  "charge.dispute.closed": syncDispute,
  "charge.dispute.created": syncDispute,
  "charge.dispute.funds_reinstated": syncDispute,
  "charge.dispute.funds_withdrawn": syncDispute,
  "charge.dispute.updated": syncDispute,
  "charge.refund.updated": syncRefund,
  "charge.refunded": syncCharge,
  "checkout.session.completed": syncSession,
  "checkout.session.async_payment_succeeded": syncSession,
  "checkout.session.async_payment_failed": syncSession,
  "checkout.session.expired": syncSession,
  "customer.subscription.created": syncSubscription,
  "customer.subscription.updated": syncSubscription,
  "customer.subscription.deleted": syncSubscription,
  "customer.subscription.paused": syncSubscription,
  "customer.subscription.resumed": syncSubscription,
  "customer.subscription.trial_will_end": syncSubscription,
  "invoice.finalized": syncInvoice,
  "invoice.marked_uncollectible": syncInvoice,
  "invoice.paid": syncInvoice,
  "invoice.payment_failed": syncInvoice,
  "invoice.payment_succeeded": syncInvoice,
  "invoice.updated": syncInvoice,
  "invoice.voided": syncInvoice,
  "payment_intent.canceled": syncPayment,
  "payment_intent.payment_failed": syncPayment,
  "payment_intent.processing": syncPayment,
  "payment_intent.succeeded": syncPayment,
  "price.created": syncPrice,
  "price.deleted": syncPrice,
  "price.updated": syncPrice,
  "product.created": syncProduct,
  "product.deleted": syncProduct,
  "product.updated": syncProduct,
  "refund.created": syncRefund,
  "refund.failed": syncRefund,
  "refund.updated": syncRefund,
};

/** The handlers of events that Stripe sends as thin events alone. Their content is a report. */
const THIN_HANDLERS: Readonly<Record<string, Handler>> = {
  "v1.billing.meter.error_report_triggered": recordUncountedUsage,
  "v1.billing.meter.no_meter_found": recordUncountedUsage,
};

const HANDLERS: Readonly<Record<string, Handler>> = { ...SNAPSHOT_HANDLERS, ...THIN_HANDLERS };

/** The types of snapshot events that have a handler: those that Stripe's list of events has. */
export const HANDLED_EVENT_TYPES: readonly string[] = Object.keys(SNAPSHOT_HANDLERS);

/** Finds the handler of an event type. */
export const findHandler = (type: string): Handler | undefined =>
  Object.hasOwn(HANDLERS, type) ? HANDLERS[type] : undefined;
