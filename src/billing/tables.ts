import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Where a sale stands. Only `pending` and `failed` can still become `completed`; nothing returns to
 * `pending`.
 */
export const ORDER_STATUSES = ["pending", "completed", "failed", "refunded", "disputed"] as const;

/**
 * What can be sold: a plan or pack for once, a subscription, one conversation, or a licence to
 * somebody's agent.
 */
export const ORDER_KINDS = ["plan", "subscription", "conversation", "agent"] as const;

/**
 * Where one attempt to pay stands. `processing` is a delayed method (a bank debit) that has not
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
 * `ignored`: nothing here handles its type, or its object is not ours. `failed`: Stripe was asked
 * to send it again.
 */
export const EVENT_STATUSES = ["received", "processed", "failed", "ignored"] as const;

/**
 * One sale. What it gives and what it costs are frozen when it is made: later changes of the
 * catalog do not reach it.
 */
export const orders = sqliteTable(
  "orders",
  {
    id: text().primaryKey(),
    userId: text("user_id").notNull(),
    /** What is sold: decides how it is fulfilled. */
    kind: text({ enum: ORDER_KINDS }).notNull(),
    /** The plan or pack, or the tier of a conversation; null for an agent's licence. */
    planId: text("plan_id"),
    /** What it is called on the receipt: the plan's or the agent's name when it was sold. */
    title: text().notNull(),
    /** The conversation or agent that is unlocked; null for a plan or pack. */
    subjectId: text("subject_id"),
    /**
     * Who sells it, where it is not the operator: the agent's creator, and what of the price is
     * theirs.
     */
    sellerId: text("seller_id"),
    sellerShareMinor: integer("seller_share_minor"),
    priceId: text("price_id"),
    quantity: integer().notNull(),
    currency: text().notNull(),
    /**
     * What must be paid before discounts and taxes that are added, in the currency's minor unit.
     */
    amountMinor: integer("amount_minor").notNull(),
    /** What was paid in the end; null until then. */
    paidMinor: integer("paid_minor"),
    /** What of that went back: refunds that did not fail, and disputes that were lost. */
    refundedMinor: integer("refunded_minor").notNull().default(0),
    creditsMicrocredits: integer("credits_microcredits").notNull(),
    /** Days from delivery; null is never. */
    creditsExpireAfterDays: integer("credits_expire_after_days"),
    /**
     * Whether it puts its plan in force. A pack does not: it gives credits and leaves the buyer's
     * plan as it is.
     */
    givesPlan: integer("gives_plan", { mode: "boolean" }).notNull(),
    status: text({ enum: ORDER_STATUSES }).notNull(),
    failureReason: text("failure_reason"),
    stripePaymentIntentId: text("stripe_payment_intent_id"),
    /** The subscription that this order began. */
    stripeSubscriptionId: text("stripe_subscription_id"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /**
     * When the buyer paid, by Stripe's clock. Noted before anything is given; of two plans, the one
     * paid for last is in force.
     */
    paidAt: integer("paid_at"),
    completedAt: integer("completed_at"),
    /**
     * When the cron asks Stripe about it, should no event have settled it by then; null once it is
     * settled.
     */
    nextCheckAt: integer("next_check_at"),
  },
  (table) => [
    index("orders_by_user").on(table.userId, table.id),
    index("orders_due_for_a_check").on(table.nextCheckAt),
    index("orders_by_payment_intent").on(table.stripePaymentIntentId),
    index("orders_by_subject").on(table.subjectId, table.userId),
    index("orders_by_seller").on(table.sellerId, table.id),
    index("orders_by_status").on(table.status, table.id),
    index("orders_by_payment").on(table.paidAt),
  ],
);

/** One attempt to pay for an order on Stripe's page. Every attempt is kept. */
export const checkoutSessions = sqliteTable(
  "checkout_sessions",
  {
    id: text().primaryKey(),
    orderId: text("order_id").notNull(),
    userId: text("user_id").notNull(),
    planId: text("plan_id"),
    /** Stripe's `cs_…`; null until Stripe has made it. */
    stripeId: text("stripe_id").unique(),
    amountMinor: integer("amount_minor").notNull(),
    currency: text().notNull(),
    status: text({ enum: SESSION_STATUSES }).notNull(),
    url: text(),
    /** When it ended, however it ended. */
    processedAt: integer("processed_at"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    index("checkout_sessions_by_user").on(table.userId, table.id),
    index("checkout_sessions_by_order").on(table.orderId),
  ],
);

/** Who a user is at Stripe. */
export const customers = sqliteTable("customers", {
  userId: text("user_id").primaryKey(),
  stripeCustomerId: text("stripe_customer_id").notNull().unique(),
  createdAt: integer("created_at").notNull(),
});

/**
 * The inbox: every event that Stripe delivered with a good signature, once. Its content is not
 * kept: Stripe is asked again.
 */
export const stripeEvents = sqliteTable(
  "stripe_events",
  {
    /** Stripe's own `evt_…`. */
    id: text().primaryKey(),
    type: text().notNull(),
    livemode: integer({ mode: "boolean" }).notNull(),
    /** Which object it is about; null for the few types whose object has no id. */
    objectId: text("object_id"),
    apiVersion: text("api_version"),
    status: text({ enum: EVENT_STATUSES }).notNull(),
    attempts: integer().notNull(),
    lastError: text("last_error"),
    receivedAt: integer("received_at").notNull(),
    processedAt: integer("processed_at"),
    /**
     * When the cron handles it itself, should Stripe not have sent it again by then; null once it
     * is settled, or given up.
     */
    nextTryAt: integer("next_try_at"),
  },
  (table) => [
    index("stripe_events_by_time").on(table.receivedAt, table.id),
    index("stripe_events_by_status").on(table.status, table.receivedAt, table.id),
    index("stripe_events_by_object").on(table.objectId),
    index("stripe_events_to_try").on(table.nextTryAt),
  ],
);

/** Where a subscription stands, in Stripe's words. */
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
 * Stripe's subscriptions as they were when last asked for. Which plan is in force is decided from
 * these rows and the orders.
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
    /** Since when a payment is missing, from which the time of grace counts; null when none is. */
    pastDueSince: integer("past_due_since"),
    /** When the cron looks at it again without an event: the end of the time of grace. */
    nextCheckAt: integer("next_check_at"),
    /** Since when it is at Stripe. */
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("subscriptions_by_user").on(table.userId, table.createdAt),
    index("subscriptions_due_for_a_check").on(table.nextCheckAt),
  ],
);

/** Invoices of subscriptions, and what each of them gave: credits follow the money. */
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
    /** What its lines come to: below 0 where a cheaper plan replaced a dearer one. */
    creditsMicrocredits: integer("credits_microcredits").notNull(),
    /**
     * What its lines for time that is given back take of what earlier invoices gave; that is in the
     * sum above.
     */
    takenMicrocredits: integer("taken_microcredits").notNull().default(0),
    /**
     * What a payment of each of its prices gave, as JSON (see `CreditRates`): time that is given
     * back later was given for that.
     */
    creditRates: text("credit_rates").notNull().default("{}"),
    /** Of the period that its credits are for; they expire with it. */
    periodStart: integer("period_start").notNull(),
    periodEnd: integer("period_end").notNull(),
    stripePaymentIntentId: text("stripe_payment_intent_id"),
    createdAt: integer("created_at").notNull(),
    paidAt: integer("paid_at"),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("subscription_invoices_by_subscription").on(table.subscriptionId, table.createdAt),
    index("subscription_invoices_by_user").on(table.userId, table.createdAt),
    index("subscription_invoices_by_payment_intent").on(table.stripePaymentIntentId),
    index("subscription_invoices_by_payment").on(table.paidAt),
  ],
);

/** Keys that fulfilment made, sealed, until their owner has seen them once or a day has gone by. */
export const orderKeys = sqliteTable("order_keys", {
  orderId: text("order_id").primaryKey(),
  userId: text("user_id").notNull(),
  keyId: text("key_id").notNull(),
  /** Sealed with a key derived from JWT_SECRET; null once it was shown, or nobody came for it. */
  sealed: text(),
  /** When the account was given it; null until then. */
  madeAt: integer("made_at"),
  expiresAt: integer("expires_at").notNull(),
});

/** How far something that goes through Stripe's lists has come. */
export const cursors = sqliteTable("cursors", {
  name: text().primaryKey(),
  value: text().notNull(),
  updatedAt: integer("updated_at").notNull(),
});

/**
 * The payment requests of each user in the last quarter of an hour: what the limit on them is
 * counted by.
 */
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
