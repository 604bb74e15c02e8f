import { type ApiClient, type SuccessBody, unwrap } from "../api.ts";
import { compare } from "../charts/compare.ts";
import type { PageContext } from "../context.ts";
import { formatMoney, formatNumber } from "../format.ts";
import { formatCredits, formatShare } from "../format-figures.ts";
import type { Range } from "../ranges.ts";
import { Stat, Stats } from "../ui/stat.tsx";
import { FactList, ORDER_STATUSES } from "./admin-components.tsx";
import { AttentionCard } from "./attention-card.tsx";
import { Customer, chooseReportRange, renderReport } from "./report-shell.tsx";
import { listCurrencies, type Revenue, RevenueCard, sumRevenue } from "./revenue-card.tsx";
import { type UpstreamReport, UpstreamsCard } from "./upstreams-card.tsx";

type Stats = SuccessBody<ApiClient["api"]["admin"]["stats"]["$get"]>;
type TopUsers = SuccessBody<ApiClient["api"]["admin"]["usage"]["$get"]>["topUsers"];

const TOP_MAX = 5;

interface Compared<T> {
  readonly current: T;
  readonly previous: T;
}

function KeyFigures({
  c,
  range,
  currency,
  revenue,
  stats,
}: {
  c: PageContext;
  range: Range;
  currency: string;
  revenue: Compared<Revenue>;
  stats: Compared<Stats>;
}) {
  const { reports: words, charts } = c.var.words;
  const change = (current: number, previous: number): string =>
    charts.change(compare(current, previous), charts.before[range.name]);
  const sums = {
    current: sumRevenue(revenue.current.days, currency),
    previous: sumRevenue(revenue.previous.days, currency),
  };
  const recurring = revenue.current.recurring.find((one) => one.currency === currency);
  const { subscriptions, trials } = stats.current;
  const churnBefore = stats.previous.subscriptions.churnRate;
  const share = (rate: number | null): string => (rate === null ? "–" : formatShare(c, rate));
  return (
    <Stats>
      <Stat
        label={words.netRevenue}
        value={formatMoney(c, sums.current.netMinor, currency)}
        note={change(sums.current.netMinor, sums.previous.netMinor)}
      />
      <Stat
        label={words.mrr}
        value={formatMoney(c, recurring?.monthlyMinor ?? 0, currency)}
        note={words.mrrNote(recurring?.subscriptions ?? 0)}
      />
      <Stat
        label={words.activeUsers}
        value={formatNumber(c, revenue.current.activeUsers)}
        note={change(revenue.current.activeUsers, revenue.previous.activeUsers)}
      />
      <Stat
        label={words.churnRate}
        value={share(subscriptions.churnRate)}
        note={words.churnNote(
          formatNumber(c, subscriptions.churned),
          churnBefore === null ? null : formatShare(c, churnBefore),
        )}
      />
      <Stat
        label={words.trialConversion}
        value={share(trials.conversionRate)}
        note={words.trialNote(formatNumber(c, trials.converted), formatNumber(c, trials.ended))}
      />
    </Stats>
  );
}

function SubscriptionsCard({ c, stats }: { c: PageContext; stats: Stats }) {
  const { reports: words } = c.var.words;
  const { subscriptions, trials } = stats;
  const facts = [
    [words.active, subscriptions.active],
    [words.started, subscriptions.started],
    [words.ended, subscriptions.ended],
    [words.churned, subscriptions.churned],
    [words.trialsStarted, trials.started],
    [words.trialsConverted, trials.converted],
  ] as const;
  return (
    <section class="card">
      <h2>{words.subscriptions}</h2>
      <FactList facts={facts.map(([name, value]) => [name, formatNumber(c, value)] as const)} />
    </section>
  );
}

function OrdersCard({ c, revenue }: { c: PageContext; revenue: Revenue }) {
  const { admin, reports: words } = c.var.words;
  return (
    <section class="card">
      <h2>{words.orders}</h2>
      <FactList
        facts={ORDER_STATUSES.map((status) => [
          admin.orderStatuses[status],
          <a href={`/admin/orders?status=${status}`}>
            {formatNumber(c, revenue.ordersByStatus[status] ?? 0)}
          </a>,
        ])}
      />
    </section>
  );
}

function TopCustomersCard({ c, users }: { c: PageContext; users: TopUsers }) {
  const { reports: words } = c.var.words;
  return (
    <section class="card">
      <h2>{words.topCustomers}</h2>
      {users.length === 0 ? <p class="muted">{words.none}</p> : null}
      <dl class="facts">
        {users.slice(0, TOP_MAX).map(({ userId, email, name, credits }) => (
          <div>
            <dt>
              <Customer c={c} user={{ id: userId, email, name }} />
            </dt>
            <dd>{formatCredits(c, credits)}</dd>
          </div>
        ))}
      </dl>
      {users.length === 0 ? null : <p class="muted small">{words.credits}</p>}
    </section>
  );
}

/**
 * `GET /admin?range=&from=&to=&currency=`: shows revenue, MRR, churn and trials, compared with the
 * time before, and what needs attention.
 */
export async function overviewPage(c: PageContext) {
  const { admin } = c.var.api.api;
  const range = chooseReportRange(c);
  const days = { from: range.from, to: range.to };
  const [revenue, revenueBefore, stats, statsBefore, attention, usage] = await Promise.all([
    unwrap(admin.revenue.$get({ query: days })),
    unwrap(admin.revenue.$get({ query: range.previous })),
    unwrap(admin.stats.$get({ query: days })),
    unwrap(admin.stats.$get({ query: range.previous })),
    unwrap(admin.attention.$get()),
    loadUsage(c, days),
  ]);
  const currencies = listCurrencies(revenue);
  const currency =
    currencies.find((one) => one === c.req.query("currency")) ?? currencies[0] ?? "usd";
  return renderReport(
    c,
    c.var.words.reports.overview,
    range,
    <>
      <KeyFigures
        c={c}
        range={range}
        currency={currency}
        revenue={{ current: revenue, previous: revenueBefore }}
        stats={{ current: stats, previous: statsBefore }}
      />
      <div class="reports">
        <RevenueCard c={c} revenue={revenue} currencies={currencies} currency={currency} />
        <AttentionCard c={c} attention={attention} />
        <div class="grid">
          <SubscriptionsCard c={c} stats={stats} />
          <OrdersCard c={c} revenue={revenue} />
          <TopCustomersCard c={c} users={usage?.topUsers ?? []} />
        </div>
        {usage === null ? null : <UpstreamsCard c={c} report={usage.upstreams} />}
      </div>
    </>,
  );
}

/** The most days of a report of usage. */
const USAGE_DAYS_MAX = 92;

/**
 * Returns the users with the most usage, and what providers served; null for more days than usage
 * is reported for.
 */
async function loadUsage(
  c: PageContext,
  days: { readonly from: string; readonly to: string },
): Promise<{ readonly topUsers: TopUsers; readonly upstreams: UpstreamReport } | null> {
  if (Date.parse(days.to) - Date.parse(days.from) >= USAGE_DAYS_MAX * 86_400_000) return null;
  const { usage, upstreams } = c.var.api.api.admin;
  const [{ topUsers }, report] = await Promise.all([
    unwrap(usage.$get({ query: days })),
    unwrap(upstreams.$get({ query: days })),
  ]);
  return { topUsers, upstreams: report };
}
