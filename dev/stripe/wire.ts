import type { Stripe } from "stripe";

/**
 * A value in its JSON form: decimals are strings, and a reference that the API can expand is an id.
 */
type Wire<T> = T extends Stripe.Decimal
  ? string
  : T extends string | number | boolean | null | undefined | void
    ? T
    : T extends readonly (infer Item)[]
      ? Field<Item>[]
      : T extends object
        ? { [Key in keyof T]: Field<T[Key]> }
        : T;

type Field<T> = string extends T ? Wire<Exclude<T, { id: string }>> : Wire<T>;

export type Customer = Wire<Stripe.Customer>;
export type DeletedCustomer = Wire<Stripe.DeletedCustomer>;
export type DeletedProduct = Wire<Stripe.DeletedProduct>;
export type Product = Wire<Stripe.Product>;
export type Price = Wire<Stripe.Price>;
export type Session = Wire<Stripe.Checkout.Session>;
export type LineItem = Wire<Stripe.LineItem>;
export type PaymentIntent = Wire<Stripe.PaymentIntent>;
export type PaymentMethod = Wire<Stripe.PaymentMethod>;
export type Charge = Wire<Stripe.Charge>;
export type Refund = Wire<Stripe.Refund>;
export type Dispute = Wire<Stripe.Dispute>;
export type SetupIntent = Wire<Stripe.SetupIntent>;
export type Coupon = Wire<Stripe.Coupon>;
export type PromotionCode = Wire<Stripe.PromotionCode>;
export type Meter = Wire<Stripe.Billing.Meter>;
export type MeterEvent = Wire<Stripe.Billing.MeterEvent>;
export type Subscription = Wire<Stripe.Subscription>;
export type SubscriptionItem = Wire<Stripe.SubscriptionItem>;
export type Invoice = Wire<Stripe.Invoice>;
export type InvoiceLine = Wire<Stripe.InvoiceLineItem>;
export type InvoicePayment = Wire<Stripe.InvoicePayment>;
export type PortalSession = Wire<Stripe.BillingPortal.Session>;
export type PortalConfiguration = Wire<Stripe.BillingPortal.Configuration>;
export type Account = Wire<Stripe.Account>;
export type WebhookEndpoint = Wire<Stripe.WebhookEndpoint>;
/** An endpoint with its secret, which is shown once. */
export type StoredEndpoint = WebhookEndpoint & { readonly secret: string };
export type Address = Wire<Stripe.Address>;

export type EventType = Stripe.Event.Type;
/** The object of an event, by the event's type. */
export type EventObject<Type extends EventType> = Wire<
  Extract<Stripe.Event, { type: Type }>["data"]["object"]
>;

/** An event as stored: `pending_webhooks` is computed when it is shown. */
export interface StoredEvent extends Omit<Wire<Stripe.EventBase>, "data" | "pending_webhooks"> {
  readonly data: { readonly object: object; readonly previous_attributes?: object };
}

/** The types of Stripe's reports about usage that it did not count. */
type MeterReportType =
  | "v1.billing.meter.error_report_triggered"
  | "v1.billing.meter.no_meter_found";

/** Such a report: a thin event, with the content that is fetched under its id. */
export interface MeterReport {
  readonly id: string;
  readonly object: "v2.core.event";
  readonly context: null;
  readonly created: string;
  readonly data: Wire<Extract<Stripe.V2.Core.Event, { type: MeterReportType }>["data"]>;
  readonly livemode: boolean;
  readonly reason: null;
  readonly related_object: {
    readonly id: string;
    readonly type: "billing.meter";
    readonly url: string;
  } | null;
  readonly type: MeterReportType;
}
