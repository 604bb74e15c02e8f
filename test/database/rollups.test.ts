import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import {
  countActiveUsers,
  listTopUsers,
  listUsageByModel,
} from "../../src/account/reporting/usage-report.ts";
import { countOrdersByStatus } from "../../src/billing/reports/orders-by-status.ts";
import { listDailySales } from "../../src/billing/reports/revenue.ts";
import { database } from "../../src/db.ts";
import * as fc from "../support/fast-check.ts";
import { countRowsRead } from "./rows-read.ts";

const db = database(env.DB);
const FIRST_DAY = Date.parse("2025-01-01");
const DAY_MS = 86_400_000;
/** More than a year, so that users come back after longer than any report goes. */
const DAYS = 500;

const dayAt = (index: number): string =>
  new Date(FIRST_DAY + index * DAY_MS).toISOString().slice(0, 10);

async function all(statement: string, { from, to }: { from: string; to: string }) {
  const { results } = await env.DB.prepare(statement).bind(from, to).all();
  return results;
}

const deleteAll = async () => {
  for (const table of [
    "usage_daily",
    "orders",
    "subscription_invoices",
    "usage_totals",
    "usage_monthly",
    "active_users",
    "daily_sales",
    "order_counts",
  ])
    await env.DB.prepare(`delete from ${table}`).run();
};

/** Days in any order, some of them long before others: late rows. */
const day = fc.oneof(fc.nat(DAYS), fc.nat(4));
const range = fc
  .tuple(fc.nat(DAYS), fc.nat(90))
  .map(([from, length]) => ({ from: dayAt(from), to: dayAt(from + length) }));

/** Usage as an account writes it: absolute numbers, as often as it likes. */
const usage = fc
  .record({
    user: fc.nat(3),
    day,
    model: fc.nat(1),
    requests: fc.integer({ min: 1, max: 9 }),
    microcredits: fc.nat(99),
  })
  .map((one) => ({
    user_id: `usr_${one.user}`,
    day: dayAt(one.day),
    model: `m${one.model}`,
    requests: one.requests,
    input_tokens: one.requests * 10,
    output_tokens: one.requests,
    microcredits: one.microcredits,
  }));

/** An order or invoice, as it is at first or after any change. */
const sale = fc.record({
  id: fc.nat(6),
  isOrder: fc.boolean(),
  created: day,
  paid: fc.option(day),
  status: fc.constantFrom("open", "paid"),
  kind: fc.constantFrom("plan", "subscription"),
  currency: fc.constantFrom("usd", "jpy"),
  paidMinor: fc.option(fc.nat(1000)),
  refundedMinor: fc.nat(500),
});
type Sale = typeof sale extends fc.Arbitrary<infer T> ? T : never;

const toRow = ({ isOrder, created, paid, kind, paidMinor, refundedMinor, ...more }: Sale) => ({
  ...more,
  user_id: "usr_1",
  title: "t",
  credits_microcredits: 0,
  refunded_minor: refundedMinor,
  created_at: FIRST_DAY + created * DAY_MS,
  updated_at: 0,
  paid_at: paid === null ? null : FIRST_DAY + paid * DAY_MS + DAY_MS - 1,
  ...(isOrder
    ? { kind, quantity: 1, amount_minor: 1, gives_plan: 0, paid_minor: paidMinor }
    : {
        subscription_id: "sub_1",
        total_minor: 1,
        period_start: 0,
        period_end: 0,
        paid_minor: paidMinor ?? 0,
      }),
});

/** Writes a row whole, whether or not it is there. */
function upsert(table: string, row: object): D1PreparedStatement {
  const names = Object.keys(row);
  const changes = names.map((name) => `${name} = excluded.${name}`).join(", ");
  const marks = names.map(() => "?").join(", ");
  return env.DB.prepare(
    `insert into ${table} (${names.join(", ")}) values (${marks})
      on conflict do update set ${changes}`,
  ).bind(...Object.values(row));
}

it("reports of usage are the sums of all rows, written late or twice", async () => {
  const property = fc.asyncProperty(
    fc.array(usage, { minLength: 1, maxLength: 40 }),
    range,
    async (rows, days) => {
      await deleteAll();
      await env.DB.batch(rows.map((row) => upsert("usage_daily", row)));
      expect(await listUsageByModel(db, days)).toEqual(
        await all(
          `select day, model, count(*) as users, sum(requests) as requests,
            sum(input_tokens) as inputTokens, sum(cached_input_tokens) as cachedInputTokens,
            sum(output_tokens) as outputTokens, sum(microcredits) as microcredits
          from usage_daily where day between ? and ? group by 1, 2 order by 1, 2`,
          days,
        ),
      );
      const [active] = await all(
        "select count(distinct user_id) as users from usage_daily where day between ? and ?",
        days,
      );
      expect(await countActiveUsers(db, days)).toEqual({
        ...active,
        byDay: await all(
          `select day, count(distinct user_id) as users from usage_daily
          where day between ? and ? group by 1 order by 1`,
          days,
        ),
      });
      const top = await listTopUsers(db, days, 2);
      expect(top.map(({ userId, microcredits }) => ({ userId, microcredits }))).toEqual(
        await all(
          `select user_id as userId, sum(microcredits) as microcredits from usage_daily
          where day between ? and ? group by 1 order by 2 desc, sum(requests) desc, 1 limit 2`,
          days,
        ),
      );
    },
  );
  await fc.assert(property, { numRuns: 25 });
});

it("reports of sales are the sums of all rows, paid, refunded or written again", async () => {
  const property = fc.asyncProperty(
    fc.array(sale, { minLength: 1, maxLength: 20 }),
    range,
    async (sales, days) => {
      await deleteAll();
      await env.DB.batch(
        sales.map((one) => upsert(one.isOrder ? "orders" : "subscription_invoices", toRow(one))),
      );
      expect(await listDailySales(db, days)).toEqual(
        await all(
          `select date(paid_at / 1000, 'unixepoch') as day, currency, count(*) as sales,
            sum(paid_minor) as salesMinor, sum(refunded_minor) as refundedMinor
          from (
            select paid_at, currency, paid_minor, refunded_minor from orders
            where paid_minor is not null and kind <> 'subscription'
            union all
            select paid_at, currency, paid_minor, refunded_minor from subscription_invoices
            where status = 'paid' and paid_minor <> 0
          ) where date(paid_at / 1000, 'unixepoch') between ? and ? group by 1, 2 order by 1, 2`,
          days,
        ),
      );
      expect(await countOrdersByStatus(db, days)).toEqual(
        await all(
          `select status, count(*) as orders from orders
          where date(created_at / 1000, 'unixepoch') between ? and ? group by 1 order by 1`,
          days,
        ),
      );
    },
  );
  await fc.assert(property, { numRuns: 25 });
});

it("reports read as few rows for thousands of users as for a hundred", async () => {
  const USERS = 2000;
  const MONTH = 30;
  await deleteAll();
  await env.DB.prepare(
    `with recursive numbers(n) as (select 0 union all select n + 1 from numbers where n < ?)
    insert into usage_daily (user_id, day, model, requests, input_tokens, cached_input_tokens,
      output_tokens, microcredits)
    select 'usr_' || (n / ${MONTH}), date('2025-03-01', '+' || (n % ${MONTH}) || ' days'), 'm',
      1, 1, 0, 1, n from numbers`,
  )
    .bind(USERS * MONTH - 1)
    .run();
  const days = { from: "2025-03-01", to: "2025-03-30" };
  expect(await countRowsRead((d1) => listUsageByModel(d1, days))).toBeLessThan(3 * MONTH);
  expect(await countRowsRead((d1) => countActiveUsers(d1, days))).toBeLessThan(6 * MONTH);
  // A hundred users, each with a month of days.
  expect(await countRowsRead((d1) => listTopUsers(d1, days, 20))).toBeLessThan(3 * 100 * MONTH);
  expect((await countActiveUsers(db, days)).users).toBe(USERS);
}, 120_000);
