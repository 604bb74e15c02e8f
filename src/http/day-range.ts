import { z } from "zod";
import { fail, ok, type Result } from "../errors.ts";
import { boundedText } from "./bounded.ts";

const DAY_MS = 86_400_000;
/** The days that are shown where none are named: the last 30, today among them. */
const DEFAULT_DAYS = 30;

const dayField = boundedText(10, "must be a day: 2026-01-31").check(z.iso.date());

/** `?from&to`: UTC days, both included. */
export const dayRangeQuery = z.strictObject({
  from: dayField.optional(),
  to: dayField.optional(),
});

/** A range of UTC days, as days and in ms; `toMs` is where the day after the last one begins. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const toDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/**
 * The days that a report is asked for.
 * @param most how many days it may be
 */
export function parseDayRange(
  query: z.infer<typeof dayRangeQuery>,
  daysMax: number,
  nowMs: number,
): Result<DayRange> {
  const to = query.to ?? toDay(nowMs);
  const toMs = Date.parse(to) + DAY_MS;
  const from = query.from ?? toDay(toMs - DEFAULT_DAYS * DAY_MS);
  const fromMs = Date.parse(from);
  if (fromMs >= toMs)
    return fail("invalid_request", "from: must not be after to", { param: "from" });
  if (toMs - fromMs > daysMax * DAY_MS)
    return fail("invalid_request", `from: the range must be at most ${daysMax} days`, {
      param: "from",
    });
  return ok({ from, to, fromMs, toMs });
}
