import type { Config } from "../../config.ts";
import type { Env } from "../../env.ts";
import type { Result } from "../../errors.ts";
import { settlePrice } from "../stripe-catalog/settle-price.ts";
import { settleProduct } from "../stripe-catalog/settle-product.ts";
import { settleInvoice, settleSubscription } from "../subscriptions/sync/settle.ts";
import { settleCharge, settleDispute, settlePayment, settleRefund } from "./settle-payment.ts";
import { settleSession } from "./settle-session.ts";
import type { Outcome } from "./sync-order.ts";

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

/**
 * Brings what is sold to the state of the object that an event is about. Reads nothing else of the
 * event.
 */
type Handler = (
  env: Bindings,
  config: Config,
  objectId: string,
  nowMs: number,
) => Promise<Result<Outcome>>;

/**
 * Every event type that changes anything here. All others are answered with 200 and noted as
 * ignored.
 */
const HANDLERS: Readonly<Record<string, Handler>> = {
  "charge.dispute.closed": settleDispute,
  "charge.dispute.created": settleDispute,
  "charge.dispute.funds_reinstated": settleDispute,
  "charge.dispute.funds_withdrawn": settleDispute,
  "charge.dispute.updated": settleDispute,
  "charge.refund.updated": settleRefund,
  "charge.refunded": settleCharge,
  "checkout.session.completed": settleSession,
  "checkout.session.async_payment_succeeded": settleSession,
  "checkout.session.async_payment_failed": settleSession,
  "checkout.session.expired": settleSession,
  "customer.subscription.created": settleSubscription,
  "customer.subscription.updated": settleSubscription,
  "customer.subscription.deleted": settleSubscription,
  "customer.subscription.paused": settleSubscription,
  "customer.subscription.resumed": settleSubscription,
  "customer.subscription.trial_will_end": settleSubscription,
  "invoice.finalized": settleInvoice,
  "invoice.marked_uncollectible": settleInvoice,
  "invoice.paid": settleInvoice,
  "invoice.payment_failed": settleInvoice,
  "invoice.payment_succeeded": settleInvoice,
  "invoice.updated": settleInvoice,
  "invoice.voided": settleInvoice,
  "payment_intent.canceled": settlePayment,
  "payment_intent.payment_failed": settlePayment,
  "payment_intent.processing": settlePayment,
  "payment_intent.succeeded": settlePayment,
  "price.created": settlePrice,
  "price.deleted": settlePrice,
  "price.updated": settlePrice,
  "product.created": settleProduct,
  "product.deleted": settleProduct,
  "product.updated": settleProduct,
  "refund.created": settleRefund,
  "refund.failed": settleRefund,
  "refund.updated": settleRefund,
};

/** The types of event that have a handler. */
export const HANDLED_TYPES: readonly string[] = Object.keys(HANDLERS);

/** The handler of an event type, if there is one. */
export const handlerOf = (type: string): Handler | undefined =>
  Object.hasOwn(HANDLERS, type) ? HANDLERS[type] : undefined;
