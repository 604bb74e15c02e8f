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
  PaymentIntent,
  PaymentMethod,
  PortalSession,
  Price,
  Product,
  PromotionCode,
  Refund,
  Session,
  SetupIntent,
  StoredEvent,
  Subscription,
} from "./wire.ts";

type Rows<T> = Record<string, T>;

/**
 * What a checkout session needs to know and does not show: the items, and what its payment intent
 * is to carry.
 */
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
  /** What the subscription of a session in `subscription` mode is to have. */
  readonly subscriptionData?: {
    readonly description: string | null;
    readonly prorationDiscounts: "included" | "itemized";
    readonly metadata: Record<string, string>;
    readonly trialEndSeconds: number | null;
    readonly trialDays: number | null;
    readonly ifPaymentMethodIsMissing: TrialEnd;
  };
  /** The intent by which a subscription's first money is taken. Such a session does not show it. */
  readonly intent?: string;
  /** The card whose holder is asked by the bank before it is kept for after the trial. */
  readonly methodToAuthenticate?: string;
}

/** What becomes of a subscription whose trial ends and that nobody can be charged for. */
export type TrialEnd = "cancel" | "create_invoice" | "pause";

/** A line that waits for the next invoice of its subscription. */
interface PendingLine {
  readonly id: string;
  readonly subscription: string;
  readonly line: InvoiceLine;
}

/** How an account's recurring billing is set up, and how far it has run. */
export interface BillingSettings {
  /** What becomes of a subscription once the last retry of an invoice has failed. */
  readonly afterRetries: "canceled" | "unpaid" | "past_due";
  /** The customers whose automatic payments are declined, whatever their card. */
  readonly failing: readonly string[];
  /** The subscriptions of which it was told that their trial will end. */
  readonly toldOfTrialEnd: readonly string[];
}

/**
 * Which test card a payment method stands for: the number decides what happens when it is charged.
 */
interface StoredCard {
  /** That of the payment method. */
  readonly id: string;
  readonly number: string;
  /** Paid with while it belonged to nobody, or detached: Stripe takes it no more. */
  readonly isSpent: boolean;
}

/** A coupon on a subscription, as it was when it was put there. */
export interface StoredDiscount {
  readonly id: string;
  readonly subscription: string;
  readonly coupon: Coupon;
  readonly promotionCode: string | null;
  readonly start: number;
  readonly end: number | null;
  /** The end of the last period that was paid for with it; null until one was. */
  readonly usedUntil: number | null;
}

/** A meter event and when it was taken: its identifier is unique for a day. */
interface StoredMeterEvent {
  readonly id: string;
  readonly customer: string;
  readonly value: number;
  readonly event: MeterEvent;
}

export interface Attempt {
  readonly atSeconds: number;
  /** The status that the endpoint answered; null where it did not. */
  readonly status: number | null;
  readonly problem: string | null;
}

/**
 * One event on its way to the webhook endpoint. `pending` is sent when due, `held` when someone
 * releases it, `overtaken` after a later event was sent; `dropped` is never sent, and `failed` was
 * given up.
 */
export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly type: string;
  readonly state: "pending" | "held" | "overtaken" | "delivered" | "dropped" | "failed";
  readonly dueAtSeconds: number;
  readonly attempts: readonly Attempt[];
}

/** The answer kept for an `Idempotency-Key`. */
export interface StoredAnswer {
  readonly id: string;
  readonly path: string;
  readonly params: string;
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
  readonly atSeconds: number;
}

/** What is to happen to the next events (of a type, about the object of an id). */
export interface EventRule {
  readonly behaviour: "twice" | "late" | "out_of_order" | "never";
  readonly type?: string | undefined;
  readonly about?: string | undefined;
  readonly times: number;
}

/** What is to happen to the next requests (to paths that begin so). */
export interface Fault {
  readonly answer: 400 | 402 | 409 | 429 | 500 | "hang" | "lost";
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly times: number;
  /** How long a `hang` lasts before it is answered 504. */
  readonly seconds: number;
}

/** Everything that the local Stripe knows, as plain JSON. */
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
  readonly subscriptions: Rows<Subscription>;
  readonly invoices: Rows<Invoice>;
  readonly invoicePayments: Rows<InvoicePayment>;
  readonly pendingLines: Rows<PendingLine>;
  readonly portalSessions: Rows<PortalSession>;
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
  subscriptions: {},
  invoices: {},
  invoicePayments: {},
  pendingLines: {},
  portalSessions: {},
  events: {},
  deliveries: {},
  answers: {},
});

/**
 * Rows of one kind by id, in the order in which they were made. Rows are replaced, never changed.
 */
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
    subscriptions: table(snapshot.subscriptions),
    invoices: table(snapshot.invoices),
    invoicePayments: table(snapshot.invoicePayments),
    pendingLines: table(snapshot.pendingLines),
    portalSessions: table(snapshot.portalSessions),
    events: table(snapshot.events),
    deliveries: table(snapshot.deliveries),
    answers: table(snapshot.answers),
    /** The switches and the clock's lead, which are single values. */
    get settings(): Readonly<Pick<Snapshot, "offsetSeconds" | "rules" | "faults" | "billing">> {
      return snapshot;
    },
    set(change: Partial<Pick<Snapshot, "offsetSeconds" | "rules" | "faults" | "billing">>): void {
      revision += 1;
      Object.assign(snapshot, change);
    },
    /** Runs all of `work` or, where it throws, none of it. `work` is synchronous. */
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
    /** Grows with every write: whoever saves the state compares it. */
    revision: () => revision,
    /** All of it, to be kept as JSON. */
    snapshot: (): Snapshot => structuredClone(snapshot),
  };
}
export type Store = ReturnType<typeof openStore>;
