import { keyName } from "./activity-row.tsx";
import type { ApiClient, SuccessBody } from "./api.ts";
import { BarChart } from "./charts/bar-chart.tsx";
import { type Chart, isEmptyChart, limitSeries } from "./charts/chart.ts";
import { compare } from "./charts/compare.ts";
import { GhostChart } from "./charts/ghost-chart.tsx";
import { LineChart } from "./charts/line-chart.tsx";
import { listPoints, type TimeSpan, toSeries } from "./charts/time-series.ts";
import type { PageContext } from "./context.ts";
import { formatNumber } from "./format.ts";
import { formatBrief, formatCredits, formatSeconds } from "./format-figures.ts";
import { hrefWith, type Range } from "./ranges.ts";
import { Segmented } from "./ui/segmented.tsx";
import { Stat, Stats } from "./ui/stat.tsx";

export type Series = SuccessBody<ApiClient["api"]["usage"]["series"]["$get"]>;
type Totals = Series["totals"];

const MEASURES = ["credits", "messages", "tokens", "errors", "latency"] as const;
type Measure = (typeof MEASURES)[number];
const READ: Readonly<Record<Measure, (totals: Totals) => number>> = {
  credits: (one) => one.credits,
  messages: (one) => one.messages,
  tokens: (one) => one.inputTokens + one.outputTokens,
  errors: (one) => one.errors,
  latency: (one) => one.latencyMs ?? 0,
};

/** The sums of the messages that a page of activity is about, compared with the time before. */
export function ActivityStats({
  c,
  series,
  range,
}: {
  c: PageContext;
  series: Series;
  range: Range;
}) {
  const { activity: words, charts } = c.var.words;
  const { totals, previous } = series;
  const change = (measure: Measure): string | null =>
    previous === null
      ? null
      : charts.change(
          compare(READ[measure](totals), READ[measure](previous)),
          charts.before[range.name],
        );
  const tokens = READ.tokens(totals);
  return (
    <Stats>
      <Stat
        label={words.messages}
        value={formatNumber(c, totals.messages)}
        note={change("messages")}
      />
      <Stat
        label={words.credits}
        value={formatCredits(c, totals.credits)}
        title={formatNumber(c, totals.credits)}
        note={change("credits")}
      />
      <Stat
        label={words.tokens}
        value={formatBrief(c, tokens)}
        title={formatNumber(c, tokens)}
        note={change("tokens")}
      />
      <Stat label={words.errors} value={formatNumber(c, totals.errors)} note={change("errors")} />
      <Stat
        label={words.latency}
        value={totals.latencyMs === null ? "–" : formatSeconds(c, totals.latencyMs)}
        note={totals.latencyMs === null ? words.noLatency : change("latency")}
      />
    </Stats>
  );
}

function formatMeasure(c: PageContext, measure: Measure, value: number): string {
  return measure === "latency" ? formatSeconds(c, value) : formatNumber(c, value);
}

/** The chart of a page of activity: one measure, by model or by key. */
export function ActivityChart({
  c,
  series,
  by,
}: {
  c: PageContext;
  series: Series;
  by: "model" | "key";
}) {
  const { activity: words, charts } = c.var.words;
  const isFree = series.totals.credits === 0;
  const measure =
    MEASURES.find((one) => one === c.req.query("show")) ?? (isFree ? "messages" : "credits");
  const span: TimeSpan = {
    fromMs: Date.parse(series.from),
    toMs: Date.parse(series.to),
    bucket: series.bucket,
  };
  const rows = series.points.map((point) => ({
    at: point.at,
    name: by === "model" ? (point.model ?? "") : keyName(c, point.key),
    value: READ[measure](point),
  }));
  const chart: Chart = {
    label: words.chartOf(words.measures[measure], words.groups[by]),
    points: listPoints(c, span, Date.now()),
    series:
      measure === "latency"
        ? limitSeries(toSeries(rows, span), charts.other).slice(0, 5)
        : limitSeries(toSeries(rows, span), charts.other),
    format: (value) => formatMeasure(c, measure, value),
    formatTick: (value) =>
      measure === "latency" ? formatSeconds(c, value) : formatBrief(c, value),
    isWhole: measure !== "credits" && measure !== "latency",
  };
  return (
    <section class="card">
      <div class="spread">
        <Segmented
          label={words.measure}
          options={MEASURES.map((one) => ({
            href: hrefWith(c, { show: one }),
            text: words.measures[one],
            current: one === measure,
          }))}
        />
        <Segmented
          label={words.by}
          options={(["model", "key"] as const).map((one) => ({
            href: hrefWith(c, { by: one }),
            text: words.groups[one],
            current: one === by,
          }))}
        />
      </div>
      {isEmptyChart(chart) ? (
        <GhostChart>
          <p class="muted">{charts.nothing}</p>
        </GhostChart>
      ) : measure === "latency" ? (
        <LineChart c={c} chart={chart} />
      ) : (
        <BarChart c={c} id="activity" chart={chart} />
      )}
    </section>
  );
}
