import { DAY_MS, toUtcDay } from "../../time.ts";
import { type ApiClient, type SuccessBody, unwrap } from "../api.ts";
import { Empty } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { formatDay, formatMoney, formatNumber } from "../format.ts";
import { Table } from "../table.tsx";
import {
  DateRangeForm,
  FactList,
  ORDER_STATUSES,
  readFilters,
  renderAdminPage,
} from "./admin-components.tsx";

type Revenue = SuccessBody<ApiClient["api"]["admin"]["revenue"]["$get"]>;
type RevenueDay = Revenue["days"][number];

/** Lists the days of a range, both ends included. Pure. */
export function daysBetween(from: string, to: string): string[] {
  const count = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) =>
    toUtcDay(Date.parse(from) + index * DAY_MS),
  );
}

interface Bar {
  readonly height: number;
  /** The part of the height that is shown as refunded. */
  readonly refunded?: number;
  readonly title: string;
}

/** A bar chart, drawn on the server. Each bar has its text as a title. */
function BarChart({ label, bars }: { label: string; bars: readonly Bar[] }) {
  const maxHeight = Math.max(1, ...bars.map(({ height }) => height));
  const toPercent = (value: number): number => (value / maxHeight) * 100;
  return (
    <svg
      class="bars"
      viewBox={`0 0 ${bars.length * 10} 100`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {bars.map(({ height, refunded = 0, title }, index) => (
        <g>
          <title>{title}</title>
          <rect
            x={index * 10 + 1}
            width={8}
            y={100 - toPercent(height)}
            height={Math.max(height === 0 ? 0.5 : 2, toPercent(height))}
          />
          {refunded === 0 ? null : (
            <rect
              class="refunded"
              x={index * 10 + 1}
              width={8}
              y={100 - toPercent(refunded)}
              height={toPercent(refunded)}
            />
          )}
        </g>
      ))}
    </svg>
  );
}

function CurrencyCard({
  c,
  currency,
  dates,
  days,
}: {
  c: PageContext;
  currency: string;
  dates: readonly string[];
  days: readonly RevenueDay[];
}) {
  const { admin: words, common } = c.var.words;
  const formatAmount = (amountMinor: number): string => formatMoney(c, amountMinor, currency);
  const total = (read: (entry: RevenueDay) => number): number =>
    days.reduce((sum, entry) => sum + read(entry), 0);
  const byDay = new Map(days.map((entry) => [entry.day, entry]));
  const title = words.revenue(currency.toUpperCase());
  return (
    <section class="card">
      <h2>{title}</h2>
      <span class="figure">{formatAmount(total((entry) => entry.netMinor))}</span>
      <p class="muted">
        {words.revenueText(
          formatNumber(
            c,
            total((entry) => entry.sales),
          ),
          formatAmount(total((entry) => entry.salesMinor)),
          formatAmount(total((entry) => entry.refundedMinor)),
          formatAmount(total((entry) => entry.netMinor)),
        )}
      </p>
      <BarChart
        label={title}
        bars={dates.map((date): Bar => {
          const { salesMinor = 0, refundedMinor = 0 } = byDay.get(date) ?? {};
          return {
            height: salesMinor,
            refunded: refundedMinor,
            title: words.revenueBar(
              formatDay(c, date),
              formatAmount(salesMinor),
              formatAmount(refundedMinor),
            ),
          };
        })}
      />
      <details>
        <summary>{words.asTable}</summary>
        <Table
          isWide
          rows={days}
          empty={common.none}
          columns={[
            { head: words.day, cell: ({ day }) => formatDay(c, day) },
            { head: words.sales, cell: ({ sales }) => formatNumber(c, sales), isFigure: true },
            {
              head: words.paid,
              cell: ({ salesMinor }) => formatAmount(salesMinor),
              isFigure: true,
            },
            {
              head: words.back,
              cell: ({ refundedMinor }) => formatAmount(refundedMinor),
              isFigure: true,
            },
            { head: words.net, cell: ({ netMinor }) => formatAmount(netMinor), isFigure: true },
          ]}
        />
      </details>
    </section>
  );
}

function RecurringCard({ c, recurring }: { c: PageContext; recurring: Revenue["recurring"] }) {
  const { admin: words } = c.var.words;
  return (
    <section class="card">
      <h2>{words.recurring}</h2>
      {recurring.length === 0 ? <p class="muted">{words.noRecurring}</p> : null}
      {recurring.map(({ currency, subscriptions, monthlyMinor }) => (
        <p>
          <span class="figure">{formatMoney(c, Math.round(monthlyMinor), currency)}</span>{" "}
          <span class="muted">{words.subscriptions(subscriptions)}</span>
        </p>
      ))}
    </section>
  );
}

function ActiveUsersCard({
  c,
  revenue,
  dates,
}: {
  c: PageContext;
  revenue: Revenue;
  dates: readonly string[];
}) {
  const { admin: words } = c.var.words;
  const byDay = new Map(revenue.activeUsersByDay.map((entry) => [entry.day, entry.users]));
  return (
    <section class="card">
      <h2>{words.activeUsers}</h2>
      <span class="figure">{formatNumber(c, revenue.activeUsers)}</span>
      <p class="muted">{words.activeUsersText}</p>
      <BarChart
        label={words.activeUsers}
        bars={dates.map((date): Bar => {
          const users = byDay.get(date) ?? 0;
          return {
            height: users,
            title: words.activeBar(formatDay(c, date), formatNumber(c, users)),
          };
        })}
      />
    </section>
  );
}

/**
 * `GET /admin?from=&to=`: shows revenue by day and currency, recurring revenue, active users, and
 * orders by status.
 */
export async function overviewPage(c: PageContext) {
  const { admin: words } = c.var.words;
  const revenue = await unwrap(
    c.var.api.api.admin.revenue.$get({ query: readFilters(c, "from", "to") }),
  );
  const { from, to, days, ordersByStatus } = revenue;
  const dates = daysBetween(from, to);
  const currencies = [...Map.groupBy(days, ({ currency }) => currency)];
  return renderAdminPage(
    c,
    words.overview,
    <>
      <DateRangeForm c={c} from={from} to={to} />
      {currencies.length === 0 ? <Empty>{words.noRevenue}</Empty> : null}
      {currencies.map(([currency, currencyDays]) => (
        <CurrencyCard c={c} currency={currency} dates={dates} days={currencyDays} />
      ))}
      <div class="grid">
        <RecurringCard c={c} recurring={revenue.recurring} />
        <ActiveUsersCard c={c} revenue={revenue} dates={dates} />
        <section class="card">
          <h2>{words.ordersOfDays}</h2>
          <FactList
            facts={ORDER_STATUSES.map((status) => [
              words.orderStatuses[status],
              <a href={`/admin/orders?status=${status}`}>
                {formatNumber(c, ordersByStatus[status] ?? 0)}
              </a>,
            ])}
          />
        </section>
      </div>
    </>,
  );
}
