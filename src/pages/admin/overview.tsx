import type { InferResponseType } from "hono/client";
import { type ApiClient, said } from "../api.ts";
import type { PageContext } from "../context.ts";
import { day, figure, money } from "../format.ts";
import { Empty } from "../parts.tsx";
import { Days, Facts, filtersOf, showAdmin, Table } from "./admin-parts.tsx";

type Revenue = Exclude<
  InferResponseType<ApiClient["api"]["admin"]["revenue"]["$get"]>,
  { error: unknown }
>;
type Day = Revenue["days"][number];

const DAY_MS = 86_400_000;
const STATUSES = ["pending", "completed", "failed", "refunded", "disputed"] as const;

/** Every day of a range, both ends included. Pure. */
export function daysBetween(from: string, to: string): string[] {
  const count = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, at) =>
    new Date(Date.parse(from) + at * DAY_MS).toISOString().slice(0, 10),
  );
}

interface Bar {
  readonly height: number;
  /** How much of it is shown as gone back. */
  readonly refunded?: number;
  readonly title: string;
}

/** Bars side by side, drawn here: no script. What each says is in a table below as well. */
function Bars({ label, bars }: { label: string; bars: readonly Bar[] }) {
  const most = Math.max(1, ...bars.map(({ height }) => height));
  const scaled = (value: number): number => (value / most) * 100;
  return (
    <svg
      class="bars"
      viewBox={`0 0 ${bars.length * 10} 100`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {bars.map(({ height, refunded = 0, title }, at) => (
        <g>
          <title>{title}</title>
          <rect
            x={at * 10 + 1}
            width={8}
            y={100 - scaled(height)}
            height={Math.max(height === 0 ? 0.5 : 2, scaled(height))}
          />
          {refunded === 0 ? null : (
            <rect
              class="back"
              x={at * 10 + 1}
              width={8}
              y={100 - scaled(refunded)}
              height={scaled(refunded)}
            />
          )}
        </g>
      ))}
    </svg>
  );
}

function Currency({
  c,
  currency,
  dates,
  days,
}: {
  c: PageContext;
  currency: string;
  dates: readonly string[];
  days: readonly Day[];
}) {
  const { admin: words } = c.var.words;
  const show = (amountMinor: number): string => money(c, amountMinor, currency);
  const total = (of: (one: Day) => number): number => days.reduce((sum, one) => sum + of(one), 0);
  const byDay = new Map(days.map((one) => [one.day, one]));
  const title = words.revenue(currency.toUpperCase());
  return (
    <section class="card">
      <h2>{title}</h2>
      <span class="figure">{show(total((one) => one.netMinor))}</span>
      <p class="muted">
        {words.revenueText(
          figure(
            c,
            total((one) => one.sales),
          ),
          show(total((one) => one.salesMinor)),
          show(total((one) => one.refundedMinor)),
          show(total((one) => one.netMinor)),
        )}
      </p>
      <Bars
        label={title}
        bars={dates.map((date) => {
          const { salesMinor = 0, refundedMinor = 0 } = byDay.get(date) ?? {};
          return {
            height: salesMinor,
            back: refundedMinor,
            title: words.revenueBar(day(c, date), show(salesMinor), show(refundedMinor)),
          };
        })}
      />
      <details>
        <summary>{words.asTable}</summary>
        <Table
          c={c}
          columns={[
            words.day,
            { figures: words.sales },
            { figures: words.paid },
            { figures: words.back },
            { figures: words.net },
          ]}
          rows={days.map((one) => [
            day(c, one.day),
            figure(c, one.sales),
            show(one.salesMinor),
            show(one.refundedMinor),
            show(one.netMinor),
          ])}
        />
      </details>
    </section>
  );
}

function Recurring({ c, recurring }: { c: PageContext; recurring: Revenue["recurring"] }) {
  const { admin: words } = c.var.words;
  return (
    <section class="card">
      <h2>{words.recurring}</h2>
      {recurring.length === 0 ? <p class="muted">{words.noRecurring}</p> : null}
      {recurring.map(({ currency, subscriptions, monthlyMinor }) => (
        <p>
          <span class="figure">{money(c, Math.round(monthlyMinor), currency)}</span>{" "}
          <span class="muted">{words.subscriptions(subscriptions)}</span>
        </p>
      ))}
    </section>
  );
}

function Active({
  c,
  revenue,
  dates,
}: {
  c: PageContext;
  revenue: Revenue;
  dates: readonly string[];
}) {
  const { admin: words } = c.var.words;
  const byDay = new Map(revenue.activeUsersByDay.map((one) => [one.day, one.users]));
  return (
    <section class="card">
      <h2>{words.activeUsers}</h2>
      <span class="figure">{figure(c, revenue.activeUsers)}</span>
      <p class="muted">{words.activeUsersText}</p>
      <Bars
        label={words.activeUsers}
        bars={dates.map((date) => {
          const users = byDay.get(date) ?? 0;
          return { height: users, title: words.activeBar(day(c, date), figure(c, users)) };
        })}
      />
    </section>
  );
}

/**
 * `/admin?from=&to=`: money by day and currency, what subscriptions bring in, who is active, how
 * orders stand.
 */
export async function overviewPage(c: PageContext) {
  const { admin: words } = c.var.words;
  const revenue = await said(
    c.var.api.api.admin.revenue.$get({ query: filtersOf(c, "from", "to") }),
  );
  const { from, to, days, ordersByStatus } = revenue;
  const dates = daysBetween(from, to);
  const currencies = [...Map.groupBy(days, ({ currency }) => currency)];
  return showAdmin(
    c,
    words.overview,
    <>
      <Days c={c} from={from} to={to} />
      {currencies.length === 0 ? <Empty>{words.noRevenue}</Empty> : null}
      {currencies.map(([currency, ofCurrency]) => (
        <Currency c={c} currency={currency} dates={dates} days={ofCurrency} />
      ))}
      <div class="grid">
        <Recurring c={c} recurring={revenue.recurring} />
        <Active c={c} revenue={revenue} dates={dates} />
        <section class="card">
          <h2>{words.ordersOfDays}</h2>
          <Facts
            facts={STATUSES.map((status) => [
              words.orderStatuses[status],
              <a href={`/admin/orders?status=${status}`}>
                {figure(c, ordersByStatus[status] ?? 0)}
              </a>,
            ])}
          />
        </section>
      </div>
    </>,
  );
}
