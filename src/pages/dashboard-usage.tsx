import { z } from "zod";
import { DAY_MS, toUtcDay } from "../time.ts";
import { BarChart } from "./charts/bar-chart.tsx";
import { type Chart, isEmptyChart, limitSeries, sumExactly } from "./charts/chart.ts";
import { GhostChart } from "./charts/ghost-chart.tsx";
import { listPoints, type TimeSpan, toSeries } from "./charts/time-series.ts";
import type { PageContext } from "./context.ts";
import { formatNumber } from "./format.ts";
import { formatBrief } from "./format-figures.ts";
import { hrefWith } from "./ranges.ts";
import { Segmented } from "./ui/segmented.tsx";

/** The answer of the route, whose type is lost because it may also answer in CSV. */
export const dailyUsage = z.object({
  days: z.array(
    z.object({
      day: z.string(),
      model: z.string(),
      requests: z.number(),
      tokens: z.number(),
      credits: z.number(),
    }),
  ),
});
export type UsageDay = z.infer<typeof dailyUsage>["days"][number];

export const DAYS = 30;

const MEASURES = ["credits", "messages", "tokens"] as const;
type Measure = (typeof MEASURES)[number];
const READ: Readonly<Record<Measure, (row: UsageDay) => number>> = {
  credits: (row) => row.credits,
  messages: (row) => row.requests,
  tokens: (row) => row.tokens,
};

/** The usage of some days, added up. */
export interface UsageSum {
  readonly messages: number;
  readonly tokens: number;
  readonly credits: number;
}

/** Sums the usage of days from one to another, both included. Pure. */
function sumUsage(rows: readonly UsageDay[], from: string, to: string): UsageSum {
  const some = rows.filter(({ day }) => day >= from && day <= to);
  const sum = (measure: Measure): number => sumExactly(some.map(READ[measure]));
  return { messages: sum("messages"), tokens: sum("tokens"), credits: sum("credits") };
}

/** Sums the usage of today, of the last 30 days, and of the 30 before them. Pure. */
export function compareUsage(rows: readonly UsageDay[], nowMs: number) {
  const dayAgo = (days: number): string => toUtcDay(nowMs - days * DAY_MS);
  return {
    today: sumUsage(rows, dayAgo(0), dayAgo(0)),
    current: sumUsage(rows, dayAgo(DAYS - 1), dayAgo(0)),
    previous: sumUsage(rows, dayAgo(2 * DAYS - 1), dayAgo(DAYS)),
  };
}

/** The usage of the last 30 days, stacked by model: in credits, messages or tokens. */
export function UsageCard({ c, days }: { c: PageContext; days: readonly UsageDay[] }) {
  const { overview: words, charts } = c.var.words;
  const nowMs = Date.now();
  const toMs = Date.parse(toUtcDay(nowMs)) + DAY_MS;
  const span: TimeSpan = { fromMs: toMs - DAYS * DAY_MS, toMs, bucket: "day" };
  const rows = days.filter(({ day }) => Date.parse(day) >= span.fromMs);
  // Plans may pay for everything. Then there are no credits to show.
  const isPaidByPlan = rows.every(({ credits }) => credits === 0);
  const measure =
    MEASURES.find((one) => one === c.req.query("show")) ?? (isPaidByPlan ? "messages" : "credits");
  const series = toSeries(
    rows.map((row) => ({ at: row.day, name: row.model, value: READ[measure](row) })),
    span,
  );
  const chart: Chart = {
    label: words.usageOf(words.measures[measure]),
    points: listPoints(c, span, nowMs),
    series: limitSeries(series, charts.other),
    format: (value) => formatNumber(c, value),
    formatTick: (value) => formatBrief(c, value),
    isWhole: measure !== "credits",
  };
  return (
    <section class="card">
      <div class="spread">
        <h2>{words.usage}</h2>
        {rows.length === 0 ? null : (
          <Segmented
            label={words.measure}
            options={MEASURES.map((one) => ({
              href: hrefWith(c, { show: one }),
              text: words.measures[one],
              current: one === measure,
            }))}
          />
        )}
      </div>
      {rows.length === 0 ? (
        <GhostChart>
          <p>
            <strong>{words.emptyTitle}</strong>
          </p>
          <p class="muted">{words.emptyText}</p>
          <div class="row">
            <a class="button" href="/chat">
              {words.firstMessage}
            </a>
            <a class="button plain" href="/keys">
              {words.createKey}
            </a>
          </div>
        </GhostChart>
      ) : isEmptyChart(chart) ? (
        <GhostChart>
          <p class="muted">{charts.nothing}</p>
        </GhostChart>
      ) : (
        <BarChart c={c} id="usage" chart={chart} />
      )}
      {rows.length === 0 ? null : (
        <p>
          <a href="/activity">{words.viewActivity}</a>
        </p>
      )}
    </section>
  );
}
