import type { InferResponseType } from "hono/client";
import { fromMicros, toCredits, toMicrocredits, toMicros } from "../../units.ts";
import { type ApiClient, said } from "../api.ts";
import type { PageContext } from "../context.ts";
import { figure, fineMoney } from "../format.ts";
import { Days, filtersOf, showAdmin, Table, UserLink } from "./admin-parts.tsx";

type Usage = Exclude<
  InferResponseType<ApiClient["api"]["admin"]["usage"]["$get"]>,
  { error: unknown }
>;
type DayOfModel = Usage["days"][number];

/** An amount in the currency's major unit. */
interface Amount {
  readonly currency: string;
  readonly amount: number;
}

/**
 * What was used of a model in all days of a report. Where something is not known of some days, it
 * is of the others alone.
 */
export interface ModelUse {
  readonly model: string;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly credits: number;
  readonly costs: readonly Amount[];
  readonly margins: readonly Amount[];
  readonly isEstimate: boolean;
}

/** Sums by currency, exact to a millionth. */
function sums(amounts: readonly (Amount | null)[]): Amount[] {
  const known = amounts.filter((one) => one !== null);
  return [...Map.groupBy(known, ({ currency }) => currency)].map(([currency, those]) => ({
    currency,
    amount: fromMicros(those.reduce((micros, { amount }) => micros + toMicros(amount), 0)),
  }));
}

/** A report's days, put together by model, whatever cost most credits first. Pure. */
export function useByModel(days: readonly DayOfModel[]): ModelUse[] {
  return [...Map.groupBy(days, ({ model }) => model)]
    .map(([model, those]) => {
      const total = (of: (one: DayOfModel) => number): number =>
        those.reduce((sum, one) => sum + of(one), 0);
      return {
        model,
        requests: total((one) => one.requests),
        inputTokens: total((one) => one.inputTokens),
        outputTokens: total((one) => one.outputTokens),
        credits: toCredits(total((one) => toMicrocredits(one.credits))),
        costs: sums(those.map((one) => one.upstreamCost)),
        margins: sums(those.map((one) => one.margin)),
        isEstimate: those.some((one) => one.upstreamCost?.isEstimate === true),
      };
    })
    .toSorted((a, b) => b.credits - a.credits || (a.model < b.model ? -1 : 1));
}

/**
 * `/admin/usage?from=&to=`: what was used of each model, what that cost, what is left of it, and by
 * whom most was used.
 */
export async function usagePage(c: PageContext) {
  const { admin: words } = c.var.words;
  const usage = await said(c.var.api.api.admin.usage.$get({ query: filtersOf(c, "from", "to") }));
  const shown = (amounts: readonly Amount[]): string =>
    amounts.length === 0
      ? "–"
      : amounts.map(({ amount, currency }) => fineMoney(c, amount, currency)).join(" + ");
  return showAdmin(
    c,
    words.usage,
    <>
      <Days c={c} from={usage.from} to={usage.to} />
      <Table
        c={c}
        columns={[
          words.usedModel,
          { figures: words.chats },
          { figures: words.tokensIn },
          { figures: words.tokensOut },
          { figures: words.charged },
          { figures: words.cost },
          { figures: words.margin },
        ]}
        rows={useByModel(usage.days).map((use) => [
          use.model,
          figure(c, use.requests),
          figure(c, use.inputTokens),
          figure(c, use.outputTokens),
          figure(c, use.credits),
          `${use.isEstimate ? "≈ " : ""}${shown(use.costs)}`,
          shown(use.margins),
        ])}
      />
      <p class="muted">{usage.creditValue === null ? words.noCreditValue : words.marginText}</p>
      <h2>{words.topUsers}</h2>
      <Table
        c={c}
        columns={[words.user, { figures: words.chats }, { figures: words.charged }]}
        rows={usage.topUsers.map((one) => [
          <UserLink userId={one.userId} />,
          figure(c, one.requests),
          figure(c, one.credits),
        ])}
      />
    </>,
  );
}
