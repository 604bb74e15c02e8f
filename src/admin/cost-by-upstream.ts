import type { UpstreamUsage, UsageSums } from "../account/index.ts";
import type { UpstreamCost } from "../catalog/index.ts";

/** The usage of a model on a day. */
interface ModelDay extends UsageSums {
  readonly day: string;
  readonly model: string;
}

const NANOS_PER_MICRO = 1000;

const toMicros = (nanos: number): number => Math.round(nanos / NANOS_PER_MICRO);

/** Returns what is left of a day's usage without its parts. Pure. */
function restOf<Day extends UsageSums>(day: Day, parts: readonly UsageSums[]): Day {
  const left = (read: (sums: UsageSums) => number): number =>
    parts.reduce((rest, part) => rest - read(part), read(day));
  return {
    ...day,
    requests: left((sums) => sums.requests),
    inputTokens: left((sums) => sums.inputTokens),
    cachedInputTokens: left((sums) => sums.cachedInputTokens),
    outputTokens: left((sums) => sums.outputTokens),
    microcredits: left((sums) => sums.microcredits),
  };
}

/**
 * Returns what the upstreams take for a model's usage on a day: exactly for what was recorded with
 * each chat, and by the prices of that day for the rest. Pure.
 * @param parts of that day and model
 * @param costOf the cost of tokens by the prices of a day; null where they are not known
 * @returns null where the cost of some of it is not known
 */
export function costOfDay<Day extends ModelDay>(
  day: Day,
  parts: readonly UpstreamUsage[],
  costOf: (day: Day) => UpstreamCost | null,
): UpstreamCost | null {
  const known = parts.filter(({ currency }) => currency !== "");
  const rest = restOf(day, known);
  const restCost = rest.requests === 0 ? null : costOf(rest);
  if (rest.requests > 0 && restCost === null) return null;
  const currencies = new Set(known.map(({ currency }) => currency));
  if (restCost !== null) currencies.add(restCost.currency);
  const [currency] = currencies;
  if (currency === undefined) return null;
  // The day on which its currency changed is computed at the last prices.
  if (currencies.size > 1) {
    const whole = costOf(day);
    return whole === null ? null : { ...whole, isEstimate: true };
  }
  const nanos = known.reduce((sum, { costNanos }) => sum + costNanos, 0);
  return {
    currency,
    amountMicros: toMicros(nanos) + (restCost?.amountMicros ?? 0),
    isEstimate: restCost?.isEstimate ?? false,
  };
}

/** The usage of a model that one upstream served, and what it takes for it. */
export interface UpstreamModel extends UsageSums {
  /** Null for what was served before it was recorded by whom. */
  readonly upstream: string | null;
  readonly model: string;
  /** Null where the cost is not known. */
  readonly cost: UpstreamCost | null;
}

function sumUp(rows: readonly UsageSums[]): UsageSums {
  const total = (read: (sums: UsageSums) => number): number =>
    rows.reduce((sum, row) => sum + read(row), 0);
  return {
    requests: total((sums) => sums.requests),
    inputTokens: total((sums) => sums.inputTokens),
    cachedInputTokens: total((sums) => sums.cachedInputTokens),
    outputTokens: total((sums) => sums.outputTokens),
    microcredits: total((sums) => sums.microcredits),
  };
}

const keyOf = (...names: readonly string[]): string => JSON.stringify(names);

/**
 * Sums usage by upstream, model and currency of its cost, over all days. What no upstream is known
 * of comes last, at the prices of its days. Pure.
 * @param costOf the cost of tokens by the prices of a day; null where they are not known
 */
export function sumByUpstream<Day extends ModelDay>(
  days: readonly Day[],
  parts: readonly (UpstreamUsage & ModelDay)[],
  costOf: (day: Day) => UpstreamCost | null,
): UpstreamModel[] {
  const byDay = Map.groupBy(parts, ({ day, model }) => keyOf(day, model));
  const served = Map.groupBy(parts, (part) => keyOf(part.upstream, part.model, part.currency));
  const unknown = days
    .map((day) => restOf(day, byDay.get(keyOf(day.day, day.model)) ?? []))
    .filter(({ requests }) => requests > 0)
    .map((rest) => ({ rest, cost: costOf(rest) }));
  const unserved = Map.groupBy(unknown, ({ rest, cost }) =>
    keyOf(rest.model, cost?.currency ?? ""),
  );
  return [
    ...[...served.values()].flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const { upstream, model, currency } = first;
      const amountMicros = toMicros(group.reduce((sum, { costNanos }) => sum + costNanos, 0));
      const cost = currency === "" ? null : { currency, amountMicros, isEstimate: false };
      return { upstream, model, cost, ...sumUp(group) };
    }),
    ...[...unserved.values()].flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const amountMicros = group.reduce((sum, { cost }) => sum + (cost?.amountMicros ?? 0), 0);
      const cost = first.cost === null ? null : { ...first.cost, amountMicros, isEstimate: true };
      return {
        upstream: null,
        model: first.rest.model,
        cost,
        ...sumUp(group.map(({ rest }) => rest)),
      };
    }),
  ];
}
