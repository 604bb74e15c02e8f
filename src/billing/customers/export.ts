import type { Database } from "../../db.ts";
import { iteratePages, toPage } from "../../http/page.ts";
import { toIso, toIsoOrNull } from "../../time.ts";
import { showOrder, showSession } from "../orders/show.ts";
import { listOrders, listSessions, type Order, type OrderWithSession } from "../orders/store.ts";
import type { CheckoutSessionView, OrderView } from "../orders/wire.ts";
import { listSales } from "../sales/list-sales.ts";
import type { LicenceView, SaleView } from "../sales/wire.ts";
import { showSubscription } from "../subscriptions/show.ts";
import {
  listSubscriptions,
  listUserInvoicePage,
  type SubscriptionInvoice,
} from "../subscriptions/store.ts";
import type { SubscriptionView } from "../subscriptions/wire.ts";
import type { RecordedInvoiceView } from "./wire.ts";

const PAGE_SIZE = 100;

const iterateOrderRows = (db: Database, userId: string): AsyncGenerator<OrderWithSession, void> =>
  iteratePages(async (cursor) =>
    toPage(
      await listOrders(db, { userId, limit: PAGE_SIZE, cursor }),
      PAGE_SIZE,
      (order) => order,
      (order) => order.id,
    ),
  );

/** Iterates over everything that a user bought or tried to buy, newest first. */
export async function* iterateOrders(
  db: Database,
  userId: string,
): AsyncGenerator<OrderView, void> {
  for await (const order of iterateOrderRows(db, userId)) yield showOrder(order);
}

const showLicence = (order: Order): LicenceView => ({
  agentId: order.subjectId,
  title: order.title,
  orderId: order.id,
  since: toIso(order.completedAt ?? order.createdAt),
});

/** Iterates over a user's licences to agents, newest first. */
export async function* iterateLicences(
  db: Database,
  userId: string,
): AsyncGenerator<LicenceView, void> {
  for await (const order of iterateOrderRows(db, userId))
    if (order.kind === "agent" && order.status === "completed") yield showLicence(order);
}

/** Iterates over a user's attempts to pay, newest first. */
export const iterateCheckoutSessions = (
  db: Database,
  userId: string,
): AsyncGenerator<CheckoutSessionView, void> =>
  iteratePages(async (cursor) =>
    toPage(
      await listSessions(db, { userId, limit: PAGE_SIZE, cursor }),
      PAGE_SIZE,
      showSession,
      (row) => row.session.id,
    ),
  );

/** Iterates over all subscriptions that a user ever had, newest first. */
export async function* iterateSubscriptions(
  db: Database,
  userId: string,
  graceDays: number,
): AsyncGenerator<SubscriptionView, void> {
  for (const subscription of await listSubscriptions(db, userId))
    yield await showSubscription(db, subscription, graceDays);
}

const showRecordedInvoice = (invoice: SubscriptionInvoice): RecordedInvoiceView => ({
  id: invoice.id,
  subscriptionId: invoice.subscriptionId,
  title: invoice.title,
  status: invoice.status,
  currency: invoice.currency,
  totalMinor: invoice.totalMinor,
  paidMinor: invoice.paidMinor,
  refundedMinor: invoice.refundedMinor,
  disputed: invoice.disputed,
  periodStart: toIso(invoice.periodStart),
  periodEnd: toIso(invoice.periodEnd),
  createdAt: toIso(invoice.createdAt),
  paidAt: toIsoOrNull(invoice.paidAt),
});

/** Iterates over the recorded invoices of a user's subscriptions, newest first. */
export async function* iterateInvoices(
  db: Database,
  userId: string,
): AsyncGenerator<RecordedInvoiceView, void> {
  let last: SubscriptionInvoice | undefined;
  do {
    const rows: SubscriptionInvoice[] = await listUserInvoicePage(db, userId, PAGE_SIZE, last);
    yield* rows.map(showRecordedInvoice);
    last = rows.length < PAGE_SIZE ? undefined : rows.at(-1);
  } while (last !== undefined);
}

/** Iterates over everything that a user sold, newest first. */
export const iterateSales = (db: Database, userId: string): AsyncGenerator<SaleView, void> =>
  iteratePages((cursor) => listSales(db, userId, { limit: PAGE_SIZE, cursor }));
