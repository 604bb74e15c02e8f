import type {
  Charge,
  Coupon,
  Customer,
  DeletedCustomer,
  Dispute,
  Invoice,
  InvoiceLine,
  InvoicePayment,
  LineItem,
  Meter,
  MeterEvent,
  MeterReport,
  PaymentIntent,
  PaymentMethod,
  PortalConfiguration,
  PortalSession,
  Price,
  Product,
  PromotionCode,
  Refund,
  Session,
  SetupIntent,
  StoredEndpoint,
  StoredEvent,
  Subscription,
} from "./wire.ts";

type Rows<T> = Record<string, T>;

/** The hidden state of a checkout session: the items, and the data for its payment intent. */
export interface Basket {
  readonly id: string;
  readonly items: readonly LineItem[];
  readonly paymentIntentData: {
    readonly description?: string | undefined;
    readonly metadata?: Record<string, string> | undefined;
    readonly receipt_email?: string | undefined;
    readonly setup_future_usage?: "off_session" | "on_session" | undefined;
    readonly statement_descriptor?: string | undefined;
    readonly statement_descriptor_suffix?: string | undefined;
  };
  /** The data for the subscription of a session in `subscription` mode. */
  readonly subscriptionData?: {
    readonly description: string | null;
    readonly prorationDiscounts: "included" | "itemized";
    readonly metadata: Record<string, string>;
    readonly trialEndSeconds: number | null;
    readonly trialDays: number | null;
    readonly ifPaymentMethodIsMissing: TrialEnd;
  };
  /** The intent of a subscription's first payment, which such a session does not show. */
  readonly intent?: string;
  /** The card that the bank authenticates before it is saved for the time after the trial. */
  readonly methodToAuthenticate?: string;
}

/** The behaviour at the end of a trial without a payment method. */
export type TrialEnd = "cancel" | "create_invoice" | "pause";

/** A line that waits for the next invoice of its subscription. */
interface PendingLine {
  readonly id: string;
  readonly subscription: string;
  readonly line: InvoiceLine;
}

/** The resumption of a paused subscription that waits for the payment of an invoice. */
export interface Resumption {
  /** The id of the invoice. */
  readonly id: string;
  /** Whether Stripe attempts the payment. Else a failed attempt makes the subscription past due. */
  readonly isAttempted: boolean;
}

/** The settings and the progress of recurring billing. */
export interface BillingSettings {
  /** The status of a subscription after the last retry of an invoice has failed. */
  readonly afterRetries: "canceled" | "unpaid" | "past_due";
  /** The customers whose automatic payments are declined, whatever their card. */
  readonly failing: readonly string[];
  /** The subscriptions for which the event about the end of the trial was sent. */
  readonly toldOfTrialEnd: readonly string[];
  /** Whether the dashboard has no address of terms, so that no page can ask to accept them. */
  readonly lacksTermsUrl?: boolean;
}

/** The test card of a payment method: its number determines the result of a charge. */
interface StoredCard {
  /** The id of the payment method. */
  readonly id: string;
  readonly number: string;
  /**
   * Whether the method can no longer be used: it was paid with while it had no customer, or was
   * detached.
   */
  readonly isSpent: boolean;
}

/** A coupon on a subscription, as it was when it was applied. */
export interface StoredDiscount {
  readonly id: string;
  readonly subscription: string;
  readonly coupon: Coupon;
  readonly promotionCode: string | null;
  readonly start: number;
  readonly end: number | null;
  /** The end of the last period that was paid with it, or null. */
  readonly usedUntil: number | null;
}

/** A meter event and its time of arrival, because its identifier is unique for a day. */
interface StoredMeterEvent {
  readonly id: string;
  readonly customer: string;
  readonly value: number;
  readonly event: MeterEvent;
}

export interface Attempt {
  readonly atSeconds: number;
  /** The status that the endpoint answered; null if it did not answer. */
  readonly status: number | null;
  readonly problem: string | null;
}

/**
 * The delivery of an event to the webhook endpoint. It is sent when due (`pending`), when released
 * (`held`), after a later event (`overtaken`), or never (`dropped`); a `failed` one was given up.
 */
export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly type: string;
  readonly state: "pending" | "held" | "overtaken" | "delivered" | "dropped" | "failed";
  readonly dueAtSeconds: number;
  readonly attempts: readonly Attempt[];
}

/** The stored answer of an `Idempotency-Key`. */
export interface StoredAnswer {
  readonly id: string;
  readonly path: string;
  readonly params: string;
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
  readonly atSeconds: number;
}

/** A rule for the next events (of a type, about an object). */
export interface EventRule {
  readonly behaviour: "twice" | "late" | "out_of_order" | "never";
  readonly type?: string | undefined;
  readonly about?: string | undefined;
  readonly times: number;
}

/** A fault for the next requests (to a path, or to all below one that ends with a slash). */
export interface Fault {
  readonly answer: 400 | 402 | 409 | 429 | 500 | "hang" | "lost";
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly times: number;
  /** The duration of a `hang` before it is answered with a 504. */
  readonly seconds: number;
}

/** The whole state of the local Stripe, as plain JSON. */
export interface Snapshot {
  readonly version: 1;
  offsetSeconds: number;
  rules: readonly EventRule[];
  faults: readonly Fault[];
  billing: BillingSettings;
  readonly customers: Rows<Customer | DeletedCustomer>;
  readonly products: Rows<Product>;
  readonly prices: Rows<Price>;
  readonly sessions: Rows<Session>;
  readonly baskets: Rows<Basket>;
  readonly paymentIntents: Rows<PaymentIntent>;
  readonly paymentMethods: Rows<PaymentMethod>;
  readonly cards: Rows<StoredCard>;
  readonly setupIntents: Rows<SetupIntent>;
  readonly charges: Rows<Charge>;
  readonly refunds: Rows<Refund>;
  readonly disputes: Rows<Dispute>;
  readonly coupons: Rows<Coupon>;
  readonly promotionCodes: Rows<PromotionCode>;
  readonly discounts: Rows<StoredDiscount>;
  readonly meters: Rows<Meter>;
  readonly meterEvents: Rows<StoredMeterEvent>;
  readonly meterReports: Rows<MeterReport>;
  readonly subscriptions: Rows<Subscription>;
  readonly invoices: Rows<Invoice>;
  readonly invoicePayments: Rows<InvoicePayment>;
  readonly pendingLines: Rows<PendingLine>;
  readonly resumptions: Rows<Resumption>;
  readonly portalConfigurations: Rows<PortalConfiguration>;
  readonly portalSessions: Rows<PortalSession>;
  readonly webhookEndpoints: Rows<StoredEndpoint>;
  readonly events: Rows<StoredEvent>;
  readonly deliveries: Rows<Delivery>;
  readonly answers: Rows<StoredAnswer>;
}

export const emptySnapshot = (): Snapshot => ({
  version: 1,
  offsetSeconds: 0,
  rules: [],
  faults: [],
  billing: { afterRetries: "canceled", failing: [], toldOfTrialEnd: [] },
  customers: {},
  products: {},
  prices: {},
  sessions: {},
  baskets: {},
  paymentIntents: {},
  paymentMethods: {},
  cards: {},
  setupIntents: {},
  charges: {},
  refunds: {},
  disputes: {},
  coupons: {},
  promotionCodes: {},
  discounts: {},
  meters: {},
  meterEvents: {},
  meterReports: {},
  subscriptions: {},
  invoices: {},
  invoicePayments: {},
  pendingLines: {},
  resumptions: {},
  portalConfigurations: {},
  portalSessions: {},
  webhookEndpoints: {},
  events: {},
  deliveries: {},
  answers: {},
});

/** A table of rows by id, in the order of their creation. Rows are replaced, never modified. */
export interface Table<T extends { readonly id: string }> {
  get(id: string): T | undefined;
  put(row: T): T;
  remove(id: string): void;
  oldestFirst(): T[];
  newestFirst(): T[];
}

/** Opens a snapshot. The store writes into it, so that the snapshot is the state at any time. */
export function openStore(snapshot: Snapshot) {
  let revision = 0;
  let undo: (() => void)[] | undefined;
  const table = <T extends { readonly id: string }>(rows: Rows<T>): Table<T> => ({
    get: (id) => (Object.hasOwn(rows, id) ? rows[id] : undefined),
    put(row) {
      revision += 1;
      const before = rows[row.id];
      undo?.push(() => (before === undefined ? delete rows[row.id] : (rows[row.id] = before)));
      rows[row.id] = row;
      return row;
    },
    remove(id) {
      revision += 1;
      const before = rows[id];
      if (before !== undefined) undo?.push(() => (rows[id] = before));
      delete rows[id];
    },
    oldestFirst: () => Object.values(rows),
    newestFirst: () => Object.values(rows).toReversed(),
  });
  return {
    customers: table(snapshot.customers),
    products: table(snapshot.products),
    prices: table(snapshot.prices),
    sessions: table(snapshot.sessions),
    baskets: table(snapshot.baskets),
    paymentIntents: table(snapshot.paymentIntents),
    paymentMethods: table(snapshot.paymentMethods),
    cards: table(snapshot.cards),
    setupIntents: table(snapshot.setupIntents),
    charges: table(snapshot.charges),
    refunds: table(snapshot.refunds),
    disputes: table(snapshot.disputes),
    coupons: table(snapshot.coupons),
    promotionCodes: table(snapshot.promotionCodes),
    discounts: table(snapshot.discounts),
    meters: table(snapshot.meters),
    meterEvents: table(snapshot.meterEvents),
    meterReports: table(snapshot.meterReports),
    subscriptions: table(snapshot.subscriptions),
    invoices: table(snapshot.invoices),
    invoicePayments: table(snapshot.invoicePayments),
    pendingLines: table(snapshot.pendingLines),
    resumptions: table(snapshot.resumptions),
    portalConfigurations: table(snapshot.portalConfigurations),
    portalSessions: table(snapshot.portalSessions),
    webhookEndpoints: table(snapshot.webhookEndpoints),
    events: table(snapshot.events),
    deliveries: table(snapshot.deliveries),
    answers: table(snapshot.answers),
    /** The switches, the clock's offset and the billing settings, which are single values. */
    get settings(): Readonly<Pick<Snapshot, "offsetSeconds" | "rules" | "faults" | "billing">> {
      return snapshot;
    },
    set(change: Partial<Pick<Snapshot, "offsetSeconds" | "rules" | "faults" | "billing">>): void {
      revision += 1;
      Object.assign(snapshot, change);
    },
    /** Runs all of `work` or, if it throws, none of it. `work` is synchronous. */
    atomically<T>(work: () => T): T {
      const { rules } = snapshot;
      const steps: (() => void)[] = [];
      undo = steps;
      try {
        return work();
      } catch (error) {
        for (const step of steps.toReversed()) step();
        snapshot.rules = rules;
        throw error;
      } finally {
        undo = undefined;
      }
    },
    /** Returns a number that grows with every write, to be compared before the state is saved. */
    revision: () => revision,
    /** Returns the whole state, to be stored as JSON. */
    snapshot: (): Snapshot => structuredClone(snapshot),
  };
}
export type Store = ReturnType<typeof openStore>;
