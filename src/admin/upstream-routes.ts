import { Hono } from "hono";
import { listUsageByModel, listUsageByUpstream } from "../account/index.ts";
import type { AuthEnv } from "../auth/index.ts";
import { listModelCosts, toUpstreamCost } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import { type CsvColumns, csvFile, streamCsv } from "../http/csv.ts";
import { type DayRange, dayRangeQuery, parseDayRange } from "../http/day-range.ts";
import { describeRoute } from "../http/describe-route.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { toCredits } from "../units.ts";
import { sumByUpstream } from "./cost-by-upstream.ts";
import { AS_CSV, formatField } from "./list-as-csv.ts";
import { toEarned, toMargin } from "./margin.ts";
import { USAGE_DAYS_MAX } from "./report-routes.ts";
import { type UpstreamReportView, upstreamReportView } from "./wire.ts";

type Row = UpstreamReportView["upstreams"][number];

const COLUMNS: CsvColumns<Row> = [
  ["upstream", ({ upstream }) => upstream],
  ["model", ({ model }) => model],
  ["requests", ({ requests }) => requests],
  ["input_tokens", ({ inputTokens }) => inputTokens],
  ["cached_input_tokens", ({ cachedInputTokens }) => cachedInputTokens],
  ["output_tokens", ({ outputTokens }) => outputTokens],
  ["credits", ({ credits }) => credits],
  ["earned", ({ earned }) => earned?.amount ?? null],
  ["earned_currency", ({ earned }) => earned?.currency ?? null],
  ["cost", ({ upstreamCost }) => upstreamCost?.amount ?? null],
  ["cost_currency", ({ upstreamCost }) => upstreamCost?.currency ?? null],
  ["cost_is_estimate", ({ upstreamCost }) => upstreamCost?.isEstimate ?? null],
  ["margin", ({ margin }) => margin?.amount ?? null],
];

async function reportUpstreams(
  { db, config }: Context,
  range: DayRange,
): Promise<UpstreamReportView> {
  const { CREDIT_VALUE: value } = config;
  const [days, parts] = await Promise.all([
    listUsageByModel(db, range),
    listUsageByUpstream(db, range),
  ]);
  const costs = await listModelCosts(db, [...new Set(days.map(({ model }) => model))]);
  const rows = sumByUpstream(days, parts, (day) => toUpstreamCost(day, costs.get(day.model) ?? []));
  return {
    from: range.from,
    to: range.to,
    upstreams: rows.map(({ upstream, model, cost, microcredits, ...sums }) => ({
      upstream,
      model,
      requests: sums.requests,
      inputTokens: sums.inputTokens,
      cachedInputTokens: sums.cachedInputTokens,
      outputTokens: sums.outputTokens,
      credits: toCredits(microcredits),
      earned: toEarned(microcredits, value),
      ...toMargin(microcredits, cost, value),
    })),
  };
}

async function* onePage(rows: readonly Row[]): AsyncGenerator<readonly Row[], void> {
  yield rows;
}

/** `/api/admin/upstreams` */
export const adminUpstreamRoutes = new Hono<AuthEnv>().get(
  "/",
  validate("query", dayRangeQuery.extend({ format: formatField }).strict()),
  describeRoute(
    "Reports what each model provider served, cost and earned, by model.",
    upstreamReportView,
    [],
    AS_CSV,
  ),
  async (c) => {
    const { ctx } = c.var;
    const { format, ...days } = c.req.valid("query");
    const range = parseDayRange(days, USAGE_DAYS_MAX, ctx.nowMs);
    if (!range.ok) return refuse(c, range.failure);
    const report = await reportUpstreams(ctx, range.value);
    return format === "csv"
      ? csvFile(c, "upstreams", streamCsv(COLUMNS, onePage(report.upstreams)))
      : c.json(report);
  },
);
