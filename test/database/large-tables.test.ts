import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { listListedAgents, SEARCH_WINDOW } from "../../src/agents/store.ts";
import { listAuditEntries } from "../../src/audit/list.ts";
import { listSessions as listLogins } from "../../src/auth/sessions/sessions.ts";
import {
  type ListUsersParams,
  listUsers,
  USER_SEARCH_WINDOW,
} from "../../src/auth/users/manage-users.ts";
import { listPayments } from "../../src/billing/customers/payment-history.ts";
import { findPurchasedPlanId } from "../../src/billing/entitlement/facts.ts";
import { listOrders, listSessions } from "../../src/billing/orders/store.ts";
import { listAllOrders } from "../../src/billing/reports/list-orders.ts";
import { listOrdersOfSeller, listPurchases } from "../../src/billing/sales/store.ts";
import {
  listSubscriptionPage,
  listUserInvoicePage,
} from "../../src/billing/subscriptions/store.ts";
import { listEvents, listEventsToRetry } from "../../src/billing/sync/inbox.ts";
import type { Database } from "../../src/db.ts";
import { countRowsRead } from "./rows-read.ts";

/** The rows of each table: one in a thousand is rare in every way that a filter can ask for. */
const ROWS = 100_000;
/** The most rows that a page of ten may cost: each with what an index needs to find it. */
const ROWS_READ_MAX = 200;
const limit = 10;

/** Inserts `ROWS` rows. In `values`, `n` counts them, `t` is a time, and `rare` is 0 or 1. */
async function fill(table: string, columns: string, values: string): Promise<void> {
  await env.DB.prepare(
    `with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${ROWS}),
      facts as (
        select n, 1700000000000 + n / 3 as t, n % 1000 = 1 as rare, printf('%032x', n) as hex
        from numbers
      )
    insert into ${table} (${columns}) select ${values} from facts`,
  ).run();
}

beforeAll(async () => {
  await fill(
    "users",
    "id, email, email_normalized, password_hash, role, plan_id, created_at, updated_at",
    `'usr_' || substr(hex, 17), n || '@x.y', n || '@x.y', '', iif(rare, 'admin', 'user'),
      iif(n % 1000 < 3, 'pln_rare', 'pln_free'), t, t`,
  );
  await fill(
    "sessions",
    "id, user_id, family_hash, token_hash, created_at, refreshed_at, expires_at",
    "'ses_' || hex, 'usr_busy', hex, hex, t, t, 9000000000000",
  );
  await fill(
    "agents",
    `id, owner_id, name, description, system_prompt, model, tools, visibility, state, holds_place,
      search_text, popularity, price_minor, listed_at, created_at, updated_at`,
    `'agt_' || hex, 'usr_busy', 'n', 'd', '', 'm', '[]', iif(n % 2, 'listed', 'private'), 'there',
      1,
      iif(rare, 'a rare one', 'a common one'), n % 50, iif(n % 4 = 1, null, n), t, t, t`,
  );
  await fill(
    "audit_log",
    "id, at, actor_kind, actor_id, action, subject_id, user_id",
    `'aud_' || hex, t, 'system', 'cron', iif(rare, 'order.refunded', 'order.completed'),
      'sub_' || n % 9, 'usr_busy'`,
  );
  await fill(
    "stripe_events",
    "id, type, livemode, object_id, status, attempts, received_at, next_try_at",
    `'evt_' || hex, iif(rare, 'charge.refunded', 'invoice.paid'), 0, 'in_1',
      iif(n % 1000 < 3, 'failed', 'processed'), 1, t, iif(n % 1000 < 3, t, null)`,
  );
  await fill(
    "orders",
    `id, user_id, kind, title, subject_id, seller_id, quantity, currency, amount_minor, paid_minor,
      credits_microcredits, gives_plan, status, created_at, updated_at, paid_at`,
    `'ord_' || hex, 'usr_busy', iif(rare, 'agent', 'plan'), 't', iif(rare, 'agt_' || n, null),
      'usr_seller', 1, 'usd', 1, 1, 0, 1, iif(n % 1000 < 3, 'completed', 'failed'), t, t, t`,
  );
  await fill(
    "subscriptions",
    `id, user_id, status, plan_id, price_id, stripe_item_id, quantity, currency,
      current_period_start, current_period_end, cancel_at_period_end, created_at, updated_at`,
    "'sub_' || hex, 'usr_busy', 'canceled', 'p', 'p', 's', 1, 'usd', t, t, 0, t, t",
  );
  await fill(
    "checkout_sessions",
    "id, order_id, user_id, amount_minor, currency, status, created_at",
    "'css_' || hex, 'ord_' || hex, 'usr_busy', 1, 'usd', 'pending', t",
  );
  await fill(
    "subscription_invoices",
    `id, user_id, subscription_id, title, status, currency, total_minor, paid_minor,
      credits_microcredits, period_start, period_end, created_at, updated_at`,
    "'in_' || n, 'usr_busy', 'sub_1', 't', 'paid', 'usd', 1, 1, 0, t, t, t, t",
  );
}, 300_000);

const middle = { createdAt: 1_700_000_003_000, id: "usr_8" };
const before = { receivedAt: 1_700_000_003_000, id: "evt_8" };
const cursor = `_${"0".repeat(28)}1fff`;
const page = { limit, before: undefined };
const userQueries: readonly ListUsersParams[] = [
  page,
  { limit, before: middle },
  { ...page, planId: "pln_free" },
  { ...page, planId: "pln_rare", role: "admin" },
  { ...page, planId: "pln_free", role: "admin" },
  { ...page, role: "admin" },
  { limit, before: middle, role: "user" },
  { ...page, search: "15000@x.y" },
  { ...page, search: "usr_0000000000003a98", role: "admin" },
];

/** Every list that grows, in every order and under every filter. */
const LISTS: readonly (readonly [string, unknown, (db: Database) => Promise<unknown>])[] = [
  ...userQueries.map((query) => ["users", query, (db: Database) => listUsers(db, query)] as const),
  ...(["newest", "popular", "price"] as const).flatMap((sort) =>
    [undefined, { key: 25, id: "agt_8" }].map((after) => {
      const query = { words: [], sort, limit, after };
      return ["marketplace", query, (db: Database) => listListedAgents(db, query)] as const;
    }),
  ),
  ...[
    { action: "order.completed" },
    { action: "order.refunded" },
    { action: "order." },
    { action: "order.", cursor: `aud${cursor}` },
    { action: "nothing." },
    { subjectId: "sub_1" },
    { userId: "usr_busy" },
    { actorId: "cron", cursor: `aud${cursor}` },
    {},
  ].map(
    (query) =>
      ["audit log", query, (db: Database) => listAuditEntries(db, { ...query, limit })] as const,
  ),
  ...[
    {},
    { status: "failed" as const },
    { type: "charge.refunded" },
    { type: "invoice.paid", status: "failed" as const },
    { objectId: "in_1" },
  ].flatMap((filter) =>
    [undefined, before].map((after) => {
      const query = { ...filter, limit, cursor: after };
      return ["events", query, (db: Database) => listEvents(db, query)] as const;
    }),
  ),
  ["events to retry", {}, (db) => listEventsToRetry(db, 9e15, limit)],
  ...[
    {},
    { kind: "agent" as const },
    { status: "completed" as const },
    { kind: "plan" as const, status: "completed" as const },
    { userId: "usr_busy" },
  ].map(
    (query) => ["orders", query, (db: Database) => listAllOrders(db, { ...query, limit })] as const,
  ),
  [
    "sessions of everybody",
    {},
    (db) => listSessions(db, { userId: null, limit, cursor: undefined }),
  ],
  [
    "sessions of a user",
    {},
    (db) => listSessions(db, { userId: "usr_busy", limit, cursor: `css${cursor}` }),
  ],
  [
    "orders of a user",
    {},
    (db) => listOrders(db, { userId: "usr_busy", limit, cursor: undefined }),
  ],
  ["licences", {}, (db) => listPurchases(db, "usr_busy", "agent", { limit, cursor: undefined })],
  [
    "licences",
    "page 2",
    (db) => listPurchases(db, "usr_busy", "agent", { limit, cursor: `ord${cursor}` }),
  ],
  ["sales", {}, (db) => listOrdersOfSeller(db, "usr_busy", { limit, cursor: undefined })],
  ["payments", {}, (db) => listPayments(db, "usr_busy", { limit, cursor: undefined })],
  [
    "payments",
    "page 2",
    (db) =>
      listPayments(db, "usr_busy", { limit, cursor: { atMs: 1_700_000_003_000, id: "ord_8" } }),
  ],
  ["invoices", {}, (db) => listUserInvoicePage(db, "usr_busy", limit, undefined)],
  ["subscriptions", {}, (db) => listSubscriptionPage(db, "usr_busy", limit, undefined)],
  [
    "subscriptions",
    "page 2",
    (db) => listSubscriptionPage(db, "usr_busy", limit, { atMs: 1_700_000_003_000, id: "sub_8" }),
  ],
  ["the plan that was bought last", {}, (db) => findPurchasedPlanId(db, "usr_busy")],
];

describe(`with ${ROWS} rows in each table, a page of ten reads few of them:`, () => {
  it.each(LISTS)("%s %j", async (_name, _query, list) => {
    expect(await countRowsRead(list)).toBeLessThan(ROWS_READ_MAX);
  });

  it("a page of a search looks through a window, and all pages together are exact", async () => {
    const found: string[] = [];
    let after: Awaited<ReturnType<typeof listListedAgents>>["end"];
    do {
      const query = { words: ["rare"], sort: "popular" as const, limit, after };
      let rows: Awaited<ReturnType<typeof listListedAgents>> | undefined;
      const rowsRead = await countRowsRead(async (db) => {
        rows = await listListedAgents(db, query);
      });
      expect(rowsRead).toBeLessThan(2.5 * SEARCH_WINDOW);
      const shown = (rows?.rows ?? []).slice(0, limit);
      found.push(...shown.map(({ agent }) => agent.id));
      const last = shown.at(-1);
      const isFull = (rows?.rows.length ?? 0) > limit;
      after = isFull && last !== undefined ? { key: last.key, id: last.agent.id } : rows?.end;
    } while (after !== undefined);
    const all = await env.DB.prepare(
      `select id from agents where search_text like '%rare%' and visibility = 'listed'
        order by popularity desc, id desc`,
    ).all<{ id: string }>();
    expect(found).toEqual(all.results.map(({ id }) => id));
    expect(found).toHaveLength(ROWS / 1000);
  });

  it("a page of a search for users looks through a window, and all pages are exact", async () => {
    const found: string[] = [];
    let before: ListUsersParams["before"];
    do {
      let page: Awaited<ReturnType<typeof listUsers>> | undefined;
      const rowsRead = await countRowsRead(async (db) => {
        page = await listUsers(db, { search: "500@X", limit, before });
      });
      expect(rowsRead).toBeLessThan(2.5 * USER_SEARCH_WINDOW);
      const shown = (page?.rows ?? []).slice(0, limit);
      found.push(...shown.map(({ id }) => id));
      before = (page?.rows.length ?? 0) > limit ? shown.at(-1) : page?.end;
    } while (before !== undefined);
    const all = await env.DB.prepare(
      "select id from users where email like '%500@x%' order by created_at desc, id desc",
    ).all<{ id: string }>();
    expect(found).toEqual(all.results.map(({ id }) => id));
    expect(found).toHaveLength(ROWS / 1000);
  });

  it("sessions of a user are listed without a sort", async () => {
    const logins = await env.DB.prepare("select count(*) as n from sessions").first("n");
    expect(await countRowsRead((db) => listLogins(db, "usr_other", 0))).toBeLessThan(5);
    expect(logins).toBe(ROWS);
  });
});
