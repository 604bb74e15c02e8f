import { fromMicros, toCredits, toMicrocredits, toMicros } from "../../units.ts";
import { type ApiClient, type SuccessBody, unwrap } from "../api.ts";
import type { PageContext } from "../context.ts";
import { formatFineMoney, formatNumber } from "../format.ts";
import { Table } from "../table.tsx";
import { DateRangeForm, readFilters, renderAdminPage, UserLink } from "./admin-components.tsx";

type Usage = SuccessBody<ApiClient["api"]["admin"]["usage"]["$get"]>;
type ModelDay = Usage["days"][number];

/** An amount in the currency's major unit. */
interface Amount {
  readonly currency: string;
  readonly amount: number;
}

/**
 * The usage of a model over all days of a report. Costs and margins leave out the days on which
 * they are not known.
 */
export interface ModelUsage {
  readonly model: string;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly credits: number;
  readonly costs: readonly Amount[];
  readonly margins: readonly Amount[];
  readonly isEstimate: boolean;
}

/** Sums amounts by currency, exactly to a millionth. */
function sumByCurrency(amounts: readonly (Amount | null)[]): Amount[] {
  const known = amounts.filter((amount) => amount !== null);
  return [...Map.groupBy(known, ({ currency }) => currency)].map(([currency, group]) => ({
    currency,
    amount: fromMicros(group.reduce((micros, { amount }) => micros + toMicros(amount), 0)),
  }));
}

/** Sums the days of a report by model, sorted by credits, highest first. Pure. */
export function sumUsageByModel(days: readonly ModelDay[]): ModelUsage[] {
  return [...Map.groupBy(days, ({ model }) => model)]
    .map(([model, group]) => {
      const total = (read: (entry: ModelDay) => number): number =>
        group.reduce((sum, entry) => sum + read(entry), 0);
      return {
        model,
        requests: total((entry) => entry.requests),
        inputTokens: total((entry) => entry.inputTokens),
        outputTokens: total((entry) => entry.outputTokens),
        credits: toCredits(total((entry) => toMicrocredits(entry.credits))),
        costs: sumByCurrency(group.map((entry) => entry.upstreamCost)),
        margins: sumByCurrency(group.map((entry) => entry.margin)),
        isEstimate: group.some((entry) => entry.upstreamCost?.isEstimate === true),
      };
    })
    .toSorted((a, b) => b.credits - a.credits || (a.model < b.model ? -1 : 1));
}

/**
 * `GET /admin/usage?from=&to=`: shows the usage, cost and margin of each model, and the users with
 * the highest usage.
 */
export async function usagePage(c: PageContext) {
  const { admin: words, common } = c.var.words;
  const usage = await unwrap(
    c.var.api.api.admin.usage.$get({ query: readFilters(c, "from", "to") }),
  );
  const formatAmounts = (amounts: readonly Amount[]): string =>
    amounts.length === 0
      ? "–"
      : amounts.map(({ amount, currency }) => formatFineMoney(c, amount, currency)).join(" + ");
  return renderAdminPage(
    c,
    words.usage,
    <>
      <DateRangeForm c={c} from={usage.from} to={usage.to} />
      <Table
        isWide
        rows={sumUsageByModel(usage.days)}
        empty={common.none}
        columns={[
          { head: words.usedModel, cell: ({ model }) => model },
          { head: words.chats, cell: ({ requests }) => formatNumber(c, requests), isFigure: true },
          {
            head: words.tokensIn,
            cell: ({ inputTokens }) => formatNumber(c, inputTokens),
            isFigure: true,
          },
          {
            head: words.tokensOut,
            cell: ({ outputTokens }) => formatNumber(c, outputTokens),
            isFigure: true,
          },
          { head: words.charged, cell: ({ credits }) => formatNumber(c, credits), isFigure: true },
          {
            head: words.cost,
            cell: ({ isEstimate, costs }) => `${isEstimate ? "≈ " : ""}${formatAmounts(costs)}`,
            isFigure: true,
          },
          { head: words.margin, cell: ({ margins }) => formatAmounts(margins), isFigure: true },
        ]}
      />
      <p class="muted">{usage.creditValue === null ? words.noCreditValue : words.marginText}</p>
      <h2>{words.topUsers}</h2>
      <Table
        isWide
        rows={usage.topUsers}
        empty={common.none}
        columns={[
          { head: words.user, cell: ({ userId }) => <UserLink userId={userId} /> },
          { head: words.chats, cell: ({ requests }) => formatNumber(c, requests), isFigure: true },
          { head: words.charged, cell: ({ credits }) => formatNumber(c, credits), isFigure: true },
        ]}
      />
    </>,
  );
}
