import { fromMicros, toCredits, toMicrocredits, toMicros } from "../../units.ts";
import type { ApiClient, SuccessBody } from "../api.ts";

export type Usage = SuccessBody<ApiClient["api"]["admin"]["usage"]["$get"]>;
export type ModelDay = Usage["days"][number];

/** An amount in the currency's major unit. */
export interface Amount {
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
export function sumByCurrency(amounts: readonly (Amount | null)[]): Amount[] {
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
