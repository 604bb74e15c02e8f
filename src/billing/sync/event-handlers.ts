import type Stripe from "stripe";
import type { Context } from "../../context.ts";
import type { Result } from "../../errors.ts";
import { syncPrice } from "../stripe-catalog/sync-price.ts";
import { syncProduct } from "../stripe-catalog/sync-product.ts";
import { syncSubscription } from "../subscriptions/sync/sync-subscription.ts";
import { recordUncountedUsage } from "./record-uncounted-usage.ts";
import { syncInvoiceEvent } from "./sync-invoice-event.ts";
import type { EventObjectOutcome } from "./sync-order.ts";
import { syncCharge, syncDispute, syncPayment, syncRefund } from "./sync-payment.ts";
import { syncSession } from "./sync-session.ts";

/** A type of event that a webhook can ask for. */
type EventName = Stripe.WebhookEndpointCreateParams["enabled_events"][number];

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
const SNAPSHOT_HANDLERS: ReadonlyMap<EventName, Handler> = new Map<EventName, Handler>([
  ["charge.dispute.closed", syncDispute],
  ["charge.dispute.created", syncDispute],
  ["charge.dispute.funds_reinstated", syncDispute],
  ["charge.dispute.funds_withdrawn", syncDispute],
  ["charge.dispute.updated", syncDispute],
  ["charge.refund.updated", syncRefund],
  ["charge.refunded", syncCharge],
  ["checkout.session.completed", syncSession],
  ["checkout.session.async_payment_succeeded", syncSession],
  ["checkout.session.async_payment_failed", syncSession],
  ["checkout.session.expired", syncSession],
  ["customer.subscription.created", syncSubscription],
  ["customer.subscription.updated", syncSubscription],
  ["customer.subscription.deleted", syncSubscription],
  ["customer.subscription.paused", syncSubscription],
  ["customer.subscription.resumed", syncSubscription],
  ["customer.subscription.trial_will_end", syncSubscription],
  ["invoice.finalized", syncInvoiceEvent],
  ["invoice.marked_uncollectible", syncInvoiceEvent],
  ["invoice.paid", syncInvoiceEvent],
  ["invoice.payment_failed", syncInvoiceEvent],
  ["invoice.payment_succeeded", syncInvoiceEvent],
  ["invoice.updated", syncInvoiceEvent],
  ["invoice.voided", syncInvoiceEvent],
  ["payment_intent.canceled", syncPayment],
  ["payment_intent.payment_failed", syncPayment],
  ["payment_intent.processing", syncPayment],
  ["payment_intent.succeeded", syncPayment],
  ["price.created", syncPrice],
  ["price.deleted", syncPrice],
  ["price.updated", syncPrice],
  ["product.created", syncProduct],
  ["product.deleted", syncProduct],
  ["product.updated", syncProduct],
  ["refund.created", syncRefund],
  ["refund.failed", syncRefund],
  ["refund.updated", syncRefund],
]);

/** The handlers of events that Stripe sends as thin events alone. Their content is a report. */
const THIN_HANDLERS: ReadonlyMap<string, Handler> = new Map([
  ["v1.billing.meter.error_report_triggered", recordUncountedUsage],
  ["v1.billing.meter.no_meter_found", recordUncountedUsage],
]);

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ...SNAPSHOT_HANDLERS,
  ...THIN_HANDLERS,
]);

/** The types of snapshot events that have a handler: those that Stripe's list of events has. */
export const HANDLED_EVENT_TYPES: readonly EventName[] = [...SNAPSHOT_HANDLERS.keys()];

/** Finds the handler of an event type. */
export const findHandler = (type: string): Handler | undefined => HANDLERS.get(type);
