import type { ApiClient, SuccessBody } from "../api.ts";
import type { PageContext } from "../context.ts";
import { formatFineMoney, formatNumber } from "../format.ts";
import { Table } from "../table.tsx";
import { Icon } from "../ui/icon.tsx";
import { type Amount, sumByCurrency } from "./model-usage.ts";

export type UpstreamReport = SuccessBody<ApiClient["api"]["admin"]["upstreams"]["$get"]>;
type Row = UpstreamReport["upstreams"][number];

/** What one provider served. Costs and margins leave out what is not known. */
interface UpstreamSum {
  readonly upstream: string | null;
  readonly requests: number;
  readonly earned: readonly Amount[];
  readonly costs: readonly Amount[];
  readonly margins: readonly Amount[];
  readonly isEstimate: boolean;
}

/** Sums a report by provider, the one with the most requests first. Pure. */
const sumByProvider = (rows: readonly Row[]): UpstreamSum[] =>
  [...Map.groupBy(rows, ({ upstream }) => upstream)]
    .map(([upstream, group]) => ({
      upstream,
      requests: group.reduce((sum, { requests }) => sum + requests, 0),
      earned: sumByCurrency(group.map(({ earned }) => earned)),
      costs: sumByCurrency(group.map(({ upstreamCost }) => upstreamCost)),
      margins: sumByCurrency(group.map(({ margin }) => margin)),
      isEstimate: group.some(({ upstreamCost }) => upstreamCost?.isEstimate === true),
    }))
    .toSorted((a, b) => b.requests - a.requests);

/** What each model provider served, cost and earned, with all of it as a CSV file. */
export function UpstreamsCard({ c, report }: { c: PageContext; report: UpstreamReport }) {
  const { reports: words, admin } = c.var.words;
  const formatAmounts = (amounts: readonly Amount[]): string =>
    amounts.length === 0
      ? "–"
      : amounts.map(({ amount, currency }) => formatFineMoney(c, amount, currency)).join(" + ");
  const csv = new URLSearchParams({ from: report.from, to: report.to, format: "csv" });
  return (
    <section class="card">
      <div class="spread">
        <h2>{words.providers}</h2>
        <a class="button link" href={`/api/admin/upstreams?${csv.toString()}`} download>
          <Icon name="arrow-down-tray" />
          {admin.lists.csv}
        </a>
      </div>
      <Table
        isWide
        rows={sumByProvider(report.upstreams)}
        empty={words.none}
        columns={[
          { head: words.provider, cell: ({ upstream }) => upstream ?? words.unknownProvider },
          {
            head: words.messages,
            cell: ({ requests }) => formatNumber(c, requests),
            isFigure: true,
          },
          { head: words.earned, cell: ({ earned }) => formatAmounts(earned), isFigure: true },
          {
            head: words.cost,
            cell: ({ isEstimate, costs }) => `${isEstimate ? "≈ " : ""}${formatAmounts(costs)}`,
            isFigure: true,
          },
          { head: words.margin, cell: ({ margins }) => formatAmounts(margins), isFigure: true },
        ]}
      />
      <p class="muted small">{words.providersHint}</p>
    </section>
  );
}
