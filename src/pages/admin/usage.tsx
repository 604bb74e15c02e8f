import { unwrap } from "../api.ts";
import { BarChart } from "../charts/bar-chart.tsx";
import { type Chart, isEmptyChart, limitSeries } from "../charts/chart.ts";
import { compare } from "../charts/compare.ts";
import { GhostChart } from "../charts/ghost-chart.tsx";
import { daySpan, listPoints, toSeries } from "../charts/time-series.ts";
import type { PageContext } from "../context.ts";
import { formatFineMoney, formatNumber } from "../format.ts";
import { formatBrief, formatCredits } from "../format-figures.ts";
import { hrefWith, type Range } from "../ranges.ts";
import { Table } from "../table.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { Stat, Stats } from "../ui/stat.tsx";
import { type Amount, type ModelDay, sumUsageByModel, type Usage } from "./model-usage.ts";
import { Customer, chooseReportRange, renderReport } from "./report-shell.tsx";

const MEASURES = ["credits", "messages", "tokens"] as const;
type Measure = (typeof MEASURES)[number];
const READ: Readonly<Record<Measure, (row: ModelDay) => number>> = {
  credits: (row) => row.credits,
  messages: (row) => row.requests,
  tokens: (row) => row.inputTokens + row.outputTokens,
};

const sumOf = (usage: Usage, measure: Measure): number =>
  usage.days.reduce((total, row) => total + READ[measure](row), 0);

function KeyFigures({
  c,
  range,
  usage,
  before,
}: {
  c: PageContext;
  range: Range;
  usage: Usage;
  before: Usage;
}) {
  const { reports: words, charts } = c.var.words;
  const change = (current: number, previous: number): string =>
    charts.change(compare(current, previous), charts.before[range.name]);
  return (
    <Stats>
      {MEASURES.map((measure) => {
        const sum = sumOf(usage, measure);
        return (
          <Stat
            label={words[measure]}
            value={
              measure === "tokens"
                ? formatBrief(c, sum)
                : measure === "credits"
                  ? formatCredits(c, sum)
                  : formatNumber(c, sum)
            }
            title={formatNumber(c, sum)}
            note={change(sum, sumOf(before, measure))}
          />
        );
      })}
      <Stat
        label={words.activeUsers}
        value={formatNumber(c, usage.activeUsers)}
        note={change(usage.activeUsers, before.activeUsers)}
      />
    </Stats>
  );
}

function UsageCard({ c, usage }: { c: PageContext; usage: Usage }) {
  const { reports: words, charts } = c.var.words;
  const measure = MEASURES.find((one) => one === c.req.query("show")) ?? "credits";
  const span = daySpan(usage.from, usage.to);
  const rows = usage.days.map((row) => ({
    at: row.day,
    name: row.model,
    value: READ[measure](row),
  }));
  const chart: Chart = {
    label: words.usageOf(words.measures[measure]),
    points: listPoints(c, span, Date.now()),
    series: limitSeries(toSeries(rows, span), charts.other),
    format: (value) => formatNumber(c, value),
    formatTick: (value) => formatBrief(c, value),
    isWhole: measure !== "credits",
  };
  return (
    <section class="card">
      <div class="spread">
        <h2>{words.usageOf(words.measures[measure])}</h2>
        <Segmented
          label={words.measure}
          options={MEASURES.map((one) => ({
            href: hrefWith(c, { show: one }),
            text: words.measures[one],
            current: one === measure,
          }))}
        />
      </div>
      {isEmptyChart(chart) ? (
        <GhostChart>
          <p class="muted">{words.none}</p>
        </GhostChart>
      ) : (
        <BarChart c={c} id="usage" chart={chart} />
      )}
    </section>
  );
}

function ModelsTable({ c, usage }: { c: PageContext; usage: Usage }) {
  const { reports: words } = c.var.words;
  const formatAmounts = (amounts: readonly Amount[]): string =>
    amounts.length === 0
      ? "–"
      : amounts.map(({ amount, currency }) => formatFineMoney(c, amount, currency)).join(" + ");
  return (
    <>
      <h2>{words.byModel}</h2>
      <Table
        isWide
        rows={sumUsageByModel(usage.days)}
        empty={words.none}
        columns={[
          { head: words.model, cell: ({ model }) => model },
          {
            head: words.messages,
            cell: ({ requests }) => formatNumber(c, requests),
            isFigure: true,
          },
          {
            head: words.inputTokens,
            cell: ({ inputTokens }) => formatNumber(c, inputTokens),
            isFigure: true,
          },
          {
            head: words.outputTokens,
            cell: ({ outputTokens }) => formatNumber(c, outputTokens),
            isFigure: true,
          },
          { head: words.credits, cell: ({ credits }) => formatNumber(c, credits), isFigure: true },
          {
            head: words.cost,
            cell: ({ isEstimate, costs }) => `${isEstimate ? "≈ " : ""}${formatAmounts(costs)}`,
            isFigure: true,
          },
          { head: words.margin, cell: ({ margins }) => formatAmounts(margins), isFigure: true },
        ]}
      />
      <p class="muted small">
        {usage.creditValue === null ? words.noCreditValue : words.marginHint}
      </p>
    </>
  );
}

/**
 * `GET /admin/usage?range=&from=&to=&show=`: shows the usage, cost and margin of each model,
 * compared with the time before, and the customers with the highest usage.
 */
export async function usagePage(c: PageContext) {
  const { reports: words } = c.var.words;
  const range = chooseReportRange(c);
  const { usage: route } = c.var.api.api.admin;
  const [usage, before] = await Promise.all([
    unwrap(route.$get({ query: { from: range.from, to: range.to } })),
    unwrap(route.$get({ query: range.previous })),
  ]);
  return renderReport(
    c,
    words.usage,
    range,
    <>
      <KeyFigures c={c} range={range} usage={usage} before={before} />
      <UsageCard c={c} usage={usage} />
      <ModelsTable c={c} usage={usage} />
      <h2>{words.topCustomers}</h2>
      <Table
        isWide
        rows={usage.topUsers}
        empty={words.none}
        columns={[
          {
            head: words.customer,
            cell: ({ userId, email, name }) => (
              <Customer c={c} user={{ id: userId, email, name }} />
            ),
          },
          {
            head: words.messages,
            cell: ({ requests }) => formatNumber(c, requests),
            isFigure: true,
          },
          {
            head: words.tokens,
            cell: ({ inputTokens, outputTokens }) => formatNumber(c, inputTokens + outputTokens),
            isFigure: true,
          },
          { head: words.credits, cell: ({ credits }) => formatNumber(c, credits), isFigure: true },
        ]}
      />
    </>,
  );
}
