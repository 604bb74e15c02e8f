import type { DailyUsage } from "../account/index.ts";
import type { DayRange } from "../http/day-range.ts";
import { toCredits } from "../units.ts";
import type { DailyUsageView } from "./wire.ts";

/**
 * Merges the usage of each day and model, oldest day first. Pure.
 * @param reported the usage that D1 has, up to some minutes ago
 * @param recent the usage that the account still holds, read before `reported`: where both have a
 *   day, it is the later
 */
export function mergeDailyUsage(
  reported: readonly DailyUsage[],
  recent: readonly DailyUsage[],
  { from, to }: DayRange,
): DailyUsage[] {
  const byDayAndModel = new Map(
    [...reported, ...recent].map((usage) => [`${usage.day}/${usage.model}`, usage]),
  );
  return [...byDayAndModel.values()]
    .filter(({ day }) => day >= from && day <= to)
    .toSorted((a, b) =>
      a.day === b.day ? compareText(a.model, b.model) : compareText(a.day, b.day),
    );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Shows a row of `GET /api/usage/daily`. */
export const showDailyUsage = ({
  day,
  model,
  requests,
  inputTokens,
  outputTokens,
  microcredits,
}: DailyUsage): DailyUsageView => ({
  day,
  model,
  requests,
  inputTokens,
  outputTokens,
  tokens: inputTokens + outputTokens,
  credits: toCredits(microcredits),
});

export const DAILY_COLUMNS = [
  "day",
  "model",
  "requests",
  "input_tokens",
  "output_tokens",
  "tokens",
  "credits",
];
