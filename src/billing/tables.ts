import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * The statuses of an order. An order returns to `pending` only where its money came back before it
 * was delivered (`recordPayment`).
 */
export const ORDER_STATUSES = ["pending", "completed", "failed", "refunded", "disputed"] as const;

/**
 * The kinds of orders: a one-time plan or pack, a subscription, one conversation, or a licence to
 * another user's agent.
 */
export const ORDER_KINDS = ["plan", "subscription", "conversation", "agent"] as const;

/**
 * The statuses of one attempt to pay. `processing` is a delayed method (a bank debit) that has not
 * paid yet.
 */
export const SESSION_STATUSES = [
  "pending",
  "processing",
  "succeeded",
  "failed",
  "canceled",
] as const;

/**
 * The statuses of an event. `ignored`: nothing handles its type, or its object is not ours.
 * `failed`: Stripe was asked to send it again.
 */
export const EVENT_STATUSES = ["received", "processed", "failed", "ignored"] as const;

/**
 * Sales. The terms of a sale, its price and what it gives, are frozen when it is made: later
 * changes of the catalog do not reach it.
 */
export const orders = sqliteTable(
  "orders",
  {
    id: text().primaryKey(),
    userId: text("user_id").notNull(),
    /** Decides how the order is fulfilled. */
    kind: text({ enum: ORDER_KINDS }).notNull(),
    /** The plan or pack, or the tier of a conversation; null for an agent's licence. */
    planId: text("plan_id"),
    /** The name on the receipt: the plan's or the agent's when it was sold. */
    title: text().notNull(),
    /** The conversation or agent that is unlocked; null for a plan or pack. */
    subjectId: text("subject_id"),
    /** The seller, where it is not the operator: the agent's creator, and their share. */
    sellerId: text("seller_id"),
    sellerShareMinor: integer("seller_share_minor"),
    priceId: text("price_id"),
    quantity: integer().notNull(),
    currency: text().notNull(),
    /** The price before discounts and added taxes, in the currency's minor unit. */
    amountMinor: integer("amount_minor").notNull(),
    /** The amount that was paid in the end; null until then. */
    paidMinor: integer("paid_minor"),
    /** The part that went back: refunds that did not fail, and disputes that were lost. */
    refundedMinor: integer("refunded_minor").notNull().default(0),
    creditsMicrocredits: integer("credits_microcredits").notNull(),
    /** Days from delivery; null is never. */
    creditsExpireAfterDays: integer("credits_expire_after_days"),
    /** Whether it changes the buyer's plan. A pack does not: it only gives credits. */
    givesPlan: integer("gives_plan", { mode: "boolean" }).notNull(),
    status: text({ enum: ORDER_STATUSES }).notNull(),
    failureReason: text("failure_reason"),
    stripePaymentIntentId: text("stripe_payment_intent_id"),
    /** The subscription that this order began. */
    stripeSubscriptionId: text("stripe_subscription_id"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /**
     * When the buyer paid, by Stripe's clock. Recorded before anything is given; of two plans, the
     * one paid for last is effective.
     */
    paidAt: integer("paid_at"),
    completedAt: integer("completed_at"),
    /** When the cron asks Stripe about it, in case no event does; null once it is up to date. */
    nextCheckAt: integer("next_check_at"),
  },
  (table) => [
    index("orders_by_user").on(table.userId, table.id),
    index("orders_by_user_and_time").on(table.userId, table.createdAt, table.id),
    index("orders_that_give_plans").on(table.userId, table.givesPlan, table.paidAt, table.id),
    index("orders_of_user_by_kind").on(table.userId, table.kind, table.status, table.id),
    index("orders_due_for_a_check").on(table.nextCheckAt),
    index("orders_by_payment_intent").on(table.stripePaymentIntentId),
    index("orders_by_subject").on(table.subjectId, table.userId, table.id),
    index("orders_by_seller").on(table.sellerId, table.id),
    index("orders_by_status").on(table.status, table.id),
    index("orders_by_kind").on(table.kind, table.id),
    index("orders_by_kind_and_status").on(table.kind, table.status, table.id),
    index("orders_by_payment").on(table.paidAt),
  ],
);

/** Attempts to pay for an order on Stripe's page. Every attempt is kept. */
export const checkoutSessions = sqliteTable(
  "checkout_sessions",
  {
    id: text().primaryKey(),
    orderId: text("order_id").notNull(),
    userId: text("user_id").notNull(),
    planId: text("plan_id"),
    /** Stripe's `cs_…`; null until Stripe has created the page. */
    stripeId: text("stripe_id").unique(),
    amountMinor: integer("amount_minor").notNull(),
    currency: text().notNull(),
    status: text({ enum: SESSION_STATUSES }).notNull(),
    url: text(),
    /** When it ended, in whatever way. */
    processedAt: integer("processed_at"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    index("checkout_sessions_by_user").on(table.userId, table.id),
    index("checkout_sessions_by_order").on(table.orderId),
  ],
);

/** The customer at Stripe of each user. */
export const customers = sqliteTable("customers", {
  userId: text("user_id").primaryKey(),
  stripeCustomerId: text("stripe_customer_id").notNull().unique(),
  /** A hash of the user's address that Stripe was told; null where it is older than this column. */
  emailDigest: text("email_digest"),
  createdAt: integer("created_at").notNull(),
});

/**
 * The inbox: every event that Stripe delivered with a valid signature, once. Its content is not
 * kept: handlers ask Stripe again.
 */
export const stripeEvents = sqliteTable(
  "stripe_events",
  {
    /** Stripe's own `evt_…`. */
    id: text().primaryKey(),
    type: text().notNull(),
    livemode: integer({ mode: "boolean" }).notNull(),
    /** The object that it is about; null for the few types whose object has no id. */
    objectId: text("object_id"),
    apiVersion: text("api_version"),
    status: text({ enum: EVENT_STATUSES }).notNull(),
    attempts: integer().notNull(),
    lastError: text("last_error"),
    receivedAt: integer("received_at").notNull(),
    processedAt: integer("processed_at"),
    /**
     * When the cron handles it, in case Stripe has not sent it again by then; null once it is
     * processed, or given up.
     */
    nextTryAt: integer("next_try_at"),
  },
  (table) => [
    index("stripe_events_by_time").on(table.receivedAt, table.id),
    index("stripe_events_by_status").on(table.status, table.receivedAt, table.id),
    index("stripe_events_by_type").on(table.type, table.receivedAt, table.id),
    index("stripe_events_by_type_and_status").on(
      table.type,
      table.status,
      table.receivedAt,
      table.id,
    ),
    index("stripe_events_by_object").on(table.objectId, table.receivedAt, table.id),
    index("stripe_events_to_try").on(table.nextTryAt),
  ],
);

/** The statuses of a subscription, in Stripe's words. */
export const SUBSCRIPTION_STATUSES = [
  "incomplete",
  "incomplete_expired",
  "trialing",
  "active",
  "past_due",
  "unpaid",
  "canceled",
  "paused",
] as const;

/**
 * Stripe's subscriptions as they were when last fetched. The effective plan is decided from these
 * rows and the orders.
 */
export const subscriptions = sqliteTable(
  "subscriptions",
  {
    /** Stripe's own `sub_…`. */
    id: text().primaryKey(),
    userId: text("user_id").notNull(),
    /** The plan of the price that it has now. */
    planId: text("plan_id").notNull(),
    priceId: text("price_id").notNull(),
    /** Stripe's `si_…`, by which its price is changed. */
    stripeItemId: text("stripe_item_id").notNull(),
    status: text({ enum: SUBSCRIPTION_STATUSES }).notNull(),
    quantity: integer().notNull(),
    currency: text().notNull(),
    currentPeriodStart: integer("current_period_start").notNull(),
    currentPeriodEnd: integer("current_period_end").notNull(),
    trialEnd: integer("trial_end"),
    cancelAtPeriodEnd: integer("cancel_at_period_end", { mode: "boolean" }).notNull(),
    cancelAt: integer("cancel_at"),
    canceledAt: integer("canceled_at"),
    endedAt: integer("ended_at"),
    /** When a payment became overdue, and the grace period began; null when none is. */
    pastDueSince: integer("past_due_since"),
    /**
     * Until when it entitles to its plan without another payment: null as long as its status does,
     * 0 where the time that it runs in is not paid for.
     */
    entitledUntil: integer("entitled_until"),
    /** When the cron checks it without an event: at the end of the grace period. */
    nextCheckAt: integer("next_check_at"),
    /** When Stripe created it. */
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("subscriptions_by_user").on(table.userId, table.createdAt, table.id),
    index("subscriptions_by_time").on(table.createdAt, table.id),
    index("subscriptions_due_for_a_check").on(table.nextCheckAt),
    index("subscriptions_by_end").on(table.endedAt).where(sql`ended_at is not null`),
    index("subscriptions_by_trial_end").on(table.trialEnd).where(sql`trial_end is not null`),
    index("subscriptions_past_due").on(table.pastDueSince).where(sql`past_due_since is not null`),
  ],
);

/** Trials, by the card or bank account that they began with. */
export const trialCards = sqliteTable(
  "trial_cards",
  {
    /** The row of the subscription says whose trial it was. */
    subscriptionId: text("subscription_id").primaryKey(),
    /** HMAC of Stripe's fingerprint, which is one for a card, whichever customer has it. */
    fingerprintHash: text("fingerprint_hash").notNull(),
    /** Whether it was ended, since the card had a trial with another user. */
    isRefused: integer("is_refused", { mode: "boolean" }).notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("trial_cards_by_fingerprint").on(table.fingerprintHash, table.isRefused)],
);

/** Invoices of subscriptions, and the credits that each of them gave. */
export const subscriptionInvoices = sqliteTable(
  "subscription_invoices",
  {
    /** Stripe's own `in_…`. */
    id: text().primaryKey(),
    userId: text("user_id").notNull(),
    subscriptionId: text("subscription_id").notNull(),
    title: text().notNull(),
    status: text({ enum: ["draft", "open", "paid", "uncollectible", "void"] }).notNull(),
    currency: text().notNull(),
    totalMinor: integer("total_minor").notNull(),
    paidMinor: integer("paid_minor").notNull(),
    refundedMinor: integer("refunded_minor").notNull().default(0),
    disputed: integer({ mode: "boolean" }).notNull().default(false),
    /** The sum of its lines: below 0 where a cheaper plan replaced a more expensive one. */
    creditsMicrocredits: integer("credits_microcredits").notNull(),
    /**
     * The credits that its lines for returned time take from earlier invoices; part of the sum
     * above.
     */
    takenMicrocredits: integer("taken_microcredits").notNull().default(0),
    /**
     * The credits that a payment of each of its prices gave, as JSON (see `CreditRates`): time that
     * is returned later is valued by them.
     */
    creditRates: text("credit_rates").notNull().default("{}"),
    /** The period that its credits are for; they expire with it. */
    periodStart: integer("period_start").notNull(),
    periodEnd: integer("period_end").notNull(),
    stripePaymentIntentId: text("stripe_payment_intent_id"),
    createdAt: integer("created_at").notNull(),
    paidAt: integer("paid_at"),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("subscription_invoices_by_subscription").on(table.subscriptionId, table.createdAt),
    index("subscription_invoices_by_user").on(table.userId, table.createdAt, table.id),
    index("subscription_invoices_by_period").on(table.userId, table.periodEnd),
    index("subscription_invoices_by_payment_intent").on(table.stripePaymentIntentId),
    index("subscription_invoices_by_payment").on(table.paidAt),
    index("subscription_invoices_disputed").on(table.paidAt).where(sql`disputed = 1`),
  ],
);

// Triggers keep the three tables below in the transaction that writes orders, invoices and
// subscriptions (see the migration `keep-rollups`). The operator's reports read them alone.

/**
 * The money that came on a UTC day, and the part of that money that has gone back since: of orders
 * that were paid once, and of paid invoices of subscriptions.
 */
export const dailySales = sqliteTable(
  "daily_sales",
  {
    day: text().notNull(),
    currency: text().notNull(),
    sales: integer().notNull(),
    salesMinor: integer("sales_minor").notNull(),
    refundedMinor: integer("refunded_minor").notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.currency] })],
);

/** The orders that were created on a UTC day, by their present status. */
export const orderCounts = sqliteTable(
  "order_counts",
  {
    day: text().notNull(),
    status: text({ enum: ORDER_STATUSES }).notNull(),
    orders: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.status] })],
);

/** The subscriptions that are active or past due, by price and currency. */
export const subscriptionTotals = sqliteTable(
  "subscription_totals",
  {
    priceId: text("price_id").notNull(),
    currency: text().notNull(),
    subscriptions: integer().notNull(),
    quantity: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.priceId, table.currency] })],
);

/** API keys that fulfilment created, sealed until their owner has seen them, for at most a day. */
export const orderKeys = sqliteTable(
  "order_keys",
  {
    orderId: text("order_id").primaryKey(),
    userId: text("user_id").notNull(),
    keyId: text("key_id").notNull(),
    /** Sealed with a key derived from JWT_SECRET; null once it was shown, or has expired. */
    sealed: text(),
    /** When the account got it; null until then. */
    madeAt: integer("made_at"),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [index("order_keys_to_prune").on(table.expiresAt).where(sql`sealed is not null`)],
);

/**
 * Leases on work on one customer, order or subscription at Stripe, so that events that come at once
 * are looked at once. A row is deleted when its lease is given back. After a crash it stays until
 * the next work on the same.
 */
export const stripeLeases = sqliteTable("stripe_leases", {
  /** The id of a customer, an order or a subscription. */
  key: text().primaryKey(),
  /** The worker's id; null where a slow holder may still work without the lease. */
  holder: text(),
  heldUntil: integer("held_until").notNull(),
  /** Until when a holder that lost the lease may still be at work; 0 where there was none. */
  sharedUntil: integer("shared_until").notNull(),
});

/** The positions up to which Stripe's lists were read. */
export const cursors = sqliteTable("cursors", {
  name: text().primaryKey(),
  value: text().notNull(),
  updatedAt: integer("updated_at").notNull(),
});

/** Cards that were declined in the last hour, or are just being tried: of whom, from where. */
export const cardDeclines = sqliteTable(
  "card_declines",
  {
    id: integer().primaryKey(),
    userId: text("user_id").notNull(),
    /** An IPv4 address or an IPv6 /64; null where it is not known. */
    network: text(),
    at: integer().notNull(),
  },
  (table) => [
    index("card_declines_by_user").on(table.userId, table.at),
    index("card_declines_by_network").on(table.network, table.at),
    index("card_declines_by_time").on(table.at),
  ],
);

/** The payment requests of each user in the last 15 minutes, by which the limit counts them. */
export const paymentRequests = sqliteTable(
  "payment_requests",
  {
    id: integer().primaryKey(),
    userId: text("user_id").notNull(),
    at: integer().notNull(),
  },
  (table) => [
    index("payment_requests_by_user").on(table.userId, table.at),
    index("payment_requests_by_time").on(table.at),
  ],
);

/**
 * The signing secrets of webhooks that we created at Stripe, which tells each of them once. They
 * are encrypted under JWT_SECRET, and shown to nobody.
 */
export const webhookSecrets = sqliteTable("webhook_secrets", {
  /** Stripe's id of the endpoint. */
  endpointId: text("endpoint_id").primaryKey(),
  sealed: text().notNull(),
  createdAt: integer("created_at").notNull(),
});
