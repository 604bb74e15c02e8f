import type { ApiClient, SuccessBody } from "../api.ts";
import type { Chart } from "../charts/chart.ts";
import { isEmptyChart } from "../charts/chart.ts";
import { GhostChart } from "../charts/ghost-chart.tsx";
import { LineChart } from "../charts/line-chart.tsx";
import { daySpan, listPoints, toSeries } from "../charts/time-series.ts";
import type { PageContext } from "../context.ts";
import { formatMoney } from "../format.ts";
import { formatBriefMoney } from "../format-figures.ts";
import { hrefWith } from "../ranges.ts";
import { Segmented } from "../ui/segmented.tsx";

export type Revenue = SuccessBody<ApiClient["api"]["admin"]["revenue"]["$get"]>;

/** The money of some days in one currency, in its minor unit. */
export interface RevenueSum {
  readonly netMinor: number;
  readonly grossMinor: number;
  readonly refundedMinor: number;
}

/** Sums the days of a report in one currency. Pure. */
export function sumRevenue(days: Revenue["days"], currency: string): RevenueSum {
  const own = days.filter((day) => day.currency === currency);
  const sum = (read: (day: Revenue["days"][number]) => number): number =>
    own.reduce((total, day) => total + read(day), 0);
  return {
    netMinor: sum((day) => day.netMinor),
    grossMinor: sum((day) => day.salesMinor),
    refundedMinor: sum((day) => day.refundedMinor),
  };
}

/** Lists the currencies of a report, the one with the most sales first. Pure. */
export function listCurrencies({ days, recurring }: Pick<Revenue, "days" | "recurring">): string[] {
  const salesOf = (currency: string): number =>
    days.filter((day) => day.currency === currency).reduce((total, { sales }) => total + sales, 0);
  const currencies = new Set([...days, ...recurring].map(({ currency }) => currency));
  return [...currencies].toSorted((a, b) => salesOf(b) - salesOf(a) || (a < b ? -1 : 1));
}

/** Net revenue, gross revenue and refunds by day, in one currency. */
export function RevenueCard({
  c,
  revenue,
  currencies,
  currency,
}: {
  c: PageContext;
  revenue: Revenue;
  currencies: readonly string[];
  currency: string;
}) {
  const { reports: words } = c.var.words;
  const span = daySpan(revenue.from, revenue.to);
  const rows = revenue.days
    .filter((day) => day.currency === currency)
    .flatMap(({ day, netMinor, salesMinor, refundedMinor }) => [
      // Net is drawn over gross, since both are the same on most days.
      { at: day, name: words.gross, value: salesMinor },
      { at: day, name: words.net, value: netMinor },
      { at: day, name: words.refunds, value: refundedMinor },
    ]);
  const chart: Chart = {
    label: words.revenueOf(currency.toUpperCase()),
    points: listPoints(c, span, Date.now()),
    series: toSeries(rows, span),
    format: (minor) => formatMoney(c, minor, currency),
    formatTick: (minor) => formatBriefMoney(c, minor, currency),
    isWhole: true,
  };
  return (
    <section class="card">
      <div class="spread">
        <h2>{words.revenueOf(currency.toUpperCase())}</h2>
        {currencies.length < 2 ? null : (
          <Segmented
            label={words.currency}
            options={currencies.map((one) => ({
              href: hrefWith(c, { currency: one }),
              text: one.toUpperCase(),
              current: one === currency,
            }))}
          />
        )}
      </div>
      {isEmptyChart(chart) ? (
        <GhostChart>
          <p class="muted">{words.noRevenue}</p>
        </GhostChart>
      ) : (
        <>
          <LineChart c={c} chart={chart} />
          <p class="muted small">{words.revenueHint}</p>
        </>
      )}
    </section>
  );
}
