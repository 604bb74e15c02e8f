import type { Database } from "../../db.ts";
import { iteratePages, toPage } from "../../http/page.ts";
import { showOrder, showSession } from "../orders/show.ts";
import { listOrders, listSessions, type Order } from "../orders/store.ts";
import { listSales, type SellerSale } from "../sales/licences.ts";
import { showSubscription } from "../subscriptions/show.ts";
import {
  listSubscriptions,
  listUserInvoicePage,
  type SubscriptionInvoice,
} from "../subscriptions/store.ts";

const PAGE_SIZE = 100;

const iso = (ms: number): string => new Date(ms).toISOString();

const iterateOrderRows = (db: Database, userId: string): AsyncGenerator<Order, void> =>
  iteratePages(async (before) =>
    toPage(
      await listOrders(db, { userId, limit: PAGE_SIZE, cursor: before }),
      PAGE_SIZE,
      (order) => order,
      (order) => order.id,
    ),
  );

/** All that a user bought or tried to buy, newest first. */
export async function* iterateOrders(
  db: Database,
  userId: string,
): AsyncGenerator<ReturnType<typeof showOrder>, void> {
  for await (const order of iterateOrderRows(db, userId)) yield showOrder(order);
}

/** A licence to somebody's agent. */
export interface Licence {
  readonly agentId: string | null;
  readonly title: string;
  readonly orderId: string;
  readonly since: string;
}

/** The agents that a user may use by having bought them, newest first. */
export async function* iterateLicences(
  db: Database,
  userId: string,
): AsyncGenerator<Licence, void> {
  for await (const {
    id,
    kind,
    status,
    title,
    subjectId,
    completedAt,
    createdAt,
  } of iterateOrderRows(db, userId)) {
    if (kind === "agent" && status === "completed")
      yield { agentId: subjectId, title, orderId: id, since: iso(completedAt ?? createdAt) };
  }
}

/** Each attempt of a user's to pay, newest first. */
export const iterateCheckoutSessions = (db: Database, userId: string) =>
  iteratePages(async (before) =>
    toPage(
      await listSessions(db, { userId, limit: PAGE_SIZE, cursor: before }),
      PAGE_SIZE,
      showSession,
      (row) => row.session.id,
    ),
  );

/** All subscriptions that a user ever had, newest first. */
export async function* iterateSubscriptions(
  db: Database,
  userId: string,
  graceDays: number,
): AsyncGenerator<Awaited<ReturnType<typeof showSubscription>>, void> {
  for (const row of await listSubscriptions(db, userId))
    yield await showSubscription(db, row, graceDays);
}

const showInvoiceRow = (invoice: SubscriptionInvoice) => ({
  id: invoice.id,
  subscriptionId: invoice.subscriptionId,
  title: invoice.title,
  status: invoice.status,
  currency: invoice.currency,
  totalMinor: invoice.totalMinor,
  paidMinor: invoice.paidMinor,
  refundedMinor: invoice.refundedMinor,
  disputed: invoice.disputed,
  periodStart: iso(invoice.periodStart),
  periodEnd: iso(invoice.periodEnd),
  createdAt: iso(invoice.createdAt),
  paidAt: invoice.paidAt === null ? null : iso(invoice.paidAt),
});

/** The invoices of a user's subscriptions as they are written down here, newest first. */
export async function* iterateInvoices(
  db: Database,
  userId: string,
): AsyncGenerator<ReturnType<typeof showInvoiceRow>, void> {
  let last: SubscriptionInvoice | undefined;
  do {
    const rows: SubscriptionInvoice[] = await listUserInvoicePage(db, userId, PAGE_SIZE, last);
    yield* rows.map(showInvoiceRow);
    last = rows.length < PAGE_SIZE ? undefined : rows.at(-1);
  } while (last !== undefined);
}

/** All that a user sold, newest first. */
export const iterateSales = (db: Database, userId: string): AsyncGenerator<SellerSale, void> =>
  iteratePages((cursor) => listSales(db, userId, { limit: PAGE_SIZE, cursor }));
