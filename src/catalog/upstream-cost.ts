import { asc, inArray, sql } from "drizzle-orm";
import type { Database } from "../db.ts";
import { type ModelCost, modelCosts } from "./tables.ts";

const DAY_MS = 86_400_000;
const TOKENS_PER_PRICE = 1_000_000n;

/**
 * What was used of a model on a UTC day (`YYYY-MM-DD`). `cachedInputTokens` are a part of
 * `inputTokens`.
 */
export interface DailyModelUsage {
  readonly day: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

/** What that cost at the upstream, in millionths of the currency's major unit. */
export interface UpstreamCost {
  readonly currency: string;
  readonly amountMicros: number;
  /** Its price changed on that day, all of which is reckoned at the last one. */
  readonly isEstimate: boolean;
}

/** Since when each of these models costs what, oldest first. */
export async function listModelCosts(
  db: Database,
  modelIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ModelCost[]>> {
  // One parameter however many there are: D1 takes at most 100.
  const ids = sql`(select value from json_each(${JSON.stringify(modelIds)}))`;
  const rows = await db
    .select()
    .from(modelCosts)
    .where(inArray(modelCosts.modelId, ids))
    .orderBy(asc(modelCosts.since));
  return Map.groupBy(rows, ({ modelId }) => modelId);
}

/**
 * What a day's use cost at the upstream, at the price that was in force then, rounded once to whole
 * millionths. Pure.
 * @param history of that model, oldest first
 * @returns null where no price is known of that day
 */
export function toUpstreamCost(
  usage: DailyModelUsage,
  history: readonly ModelCost[],
): UpstreamCost | null {
  const dayMs = Date.parse(usage.day);
  const price = history.findLast(({ since }) => since < dayMs + DAY_MS);
  if (price === undefined) return null;
  const {
    costCurrency: currency,
    inputCostMicrosPerMillion: input,
    outputCostMicrosPerMillion: output,
    since,
  } = price;
  if (currency === null || input === null || output === null) return null;
  const uncached = BigInt(usage.inputTokens - usage.cachedInputTokens) * BigInt(input);
  const cached =
    BigInt(usage.cachedInputTokens) * BigInt(price.cachedInputCostMicrosPerMillion ?? input);
  const exact = uncached + cached + BigInt(usage.outputTokens) * BigInt(output);
  const amountMicros = Number((exact + TOKENS_PER_PRICE / 2n) / TOKENS_PER_PRICE);
  return { currency, amountMicros, isEstimate: since > dayMs };
}
