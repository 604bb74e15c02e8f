import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Where a sale stands. Only `pending` and `failed` can still become `completed`; nothing returns to `pending`. */
export const ORDER_STATUSES = ["pending", "completed", "failed", "refunded", "disputed"] as const;

/** Where one attempt to pay stands. `processing` is a delayed method (a bank debit) that has not paid yet. */
export const SESSION_STATUSES = ["pending", "processing", "succeeded", "failed", "canceled"] as const;

/** `ignored`: nothing here handles its type, or its object is not ours. `failed`: Stripe was asked to send it again. */
export const EVENT_STATUSES = ["received", "processed", "failed", "ignored"] as const;

/** One sale. What it gives and what it costs are frozen when it is made: later changes of the catalog do not reach it. */
export const orders = sqliteTable(
  "orders",
  {
    id: text().primaryKey(),
    userId: text("user_id").notNull(),
    /** What is sold: decides how it is fulfilled. */
    kind: text({ enum: ["plan"] }).notNull(),
    planId: text("plan_id").notNull(),
    planName: text("plan_name").notNull(),
    priceId: text("price_id"),
    quantity: integer().notNull(),
    currency: text().notNull(),
    /** What must be paid in total, in the currency's minor unit. */
    amountMinor: integer("amount_minor").notNull(),
    creditsMicrocredits: integer("credits_microcredits").notNull(),
    /** Days from delivery; null is never. */
    creditsExpireAfterDays: integer("credits_expire_after_days"),
    /** Whether it puts its plan in force. A pack does not: it gives credits and leaves the buyer's plan as it is. */
    givesPlan: integer("gives_plan", { mode: "boolean" }).notNull(),
    status: text({ enum: ORDER_STATUSES }).notNull(),
    failureReason: text("failure_reason"),
    stripePaymentIntentId: text("stripe_payment_intent_id"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /** When the buyer paid, by Stripe's clock. Noted before anything is given; of two plans, the one paid for last is in force. */
    paidAt: integer("paid_at"),
    completedAt: integer("completed_at"),
    /** When the cron asks Stripe about it, should no event have settled it by then; null once it is settled. */
    nextCheckAt: integer("next_check_at"),
  },
  (table) => [
    index("orders_by_user").on(table.userId, table.id),
    index("orders_due_for_a_check").on(table.nextCheckAt),
    index("orders_by_payment_intent").on(table.stripePaymentIntentId),
  ],
);

/** One attempt to pay for an order on Stripe's page. Every attempt is kept. */
export const checkoutSessions = sqliteTable(
  "checkout_sessions",
  {
    id: text().primaryKey(),
    orderId: text("order_id").notNull(),
    userId: text("user_id").notNull(),
    planId: text("plan_id").notNull(),
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

/** The inbox: every event that Stripe delivered with a good signature, once. Its content is not kept: Stripe is asked again. */
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
  },
  (table) => [index("stripe_events_by_time").on(table.receivedAt)],
);
