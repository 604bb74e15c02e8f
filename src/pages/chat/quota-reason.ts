import { z } from "zod";
import type { PageContext } from "../context.ts";
import { formatNumber, localeOf } from "../format.ts";
import type { ChatData, Model } from "./data.ts";

/** The details of a 402. Those that are missing are not shown. */
const quotaDetails = z.object({
  available: z.number().optional(),
  meter: z.string().nullish(),
  limit: z.number().nullish(),
  used: z.number().nullish(),
  resetsAt: z.string().nullish(),
});

/** Why a message is not covered. */
interface QuotaReason {
  readonly title: string;
  readonly details: readonly string[];
  /** Whether another model would be covered. */
  readonly isModelMissing: boolean;
}

/** Returns the first model that a plan includes and that may be used. */
export const includedModel = (
  models: readonly Model[],
  planModels: readonly string[] | null,
): Model | undefined => models.find(({ id }) => planModels?.includes(id) ?? true);

/** Returns when something happens, from now: "in 13 hours". */
function fromNow(c: PageContext, iso: string, nowMs: number): string {
  const minutes = Math.max(1, Math.round((Date.parse(iso) - nowMs) / 60_000));
  const format = new Intl.RelativeTimeFormat(localeOf(c), { numeric: "always" });
  if (minutes < 60) return format.format(minutes, "minute");
  if (minutes < 48 * 60) return format.format(Math.round(minutes / 60), "hour");
  return format.format(Math.round(minutes / (24 * 60)), "day");
}

/** Returns why a message to a model is not covered, and what there is. */
export function quotaReason(
  c: PageContext,
  plan: ChatData["plan"],
  model: string | undefined,
  body: unknown,
): QuotaReason {
  const { chat: words } = c.var.words;
  const { available, meter, limit, used, resetsAt } = quotaDetails.parse(body);
  const details = [
    ...(typeof resetsAt === "string" ? [words.resets(fromNow(c, resetsAt, Date.now()))] : []),
    ...(available === undefined ? [] : [words.available(formatNumber(c, available))]),
  ];
  if (plan !== null && model !== undefined && plan.models?.includes(model) === false)
    return { title: words.notIncluded(model, plan.name), details, isModelMissing: true };
  if (typeof limit !== "number" || typeof used !== "number" || used < limit)
    return { title: words.notCovered, details, isModelMissing: false };
  const texts = meter === "token" ? words.usedUp.token : words.usedUp.message;
  const period = plan?.allowances[meter === "token" ? "token" : "message"]?.period;
  const byPeriod: Readonly<Record<string, (limit: string) => string>> = texts;
  const text = byPeriod[period ?? "other"] ?? texts.other;
  return { title: text(formatNumber(c, limit)), details, isModelMissing: false };
}
