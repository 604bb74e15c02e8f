import type { DailyUsage } from "../account/index.ts";
import type { DayRange } from "../http/day-range.ts";
import { toCredits } from "../units.ts";

/**
 * What was used on each day of each model, oldest day first. Pure.
 * @param told what D1 was told, up to some minutes ago
 * @param recent what the account still has itself, read before `told`: where both have a day, it is
 *   the later
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

/** A row of `GET /api/usage/daily`. */
export const showDailyUsage = ({
  day,
  model,
  requests,
  inputTokens,
  outputTokens,
  microcredits,
}: DailyUsage) => ({
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
