import { asc } from "drizzle-orm";
import type { Database } from "../db.ts";
import { inList } from "../in-list.ts";
import { DAY_MS } from "../time.ts";
import { type ModelCost, modelCosts } from "./tables.ts";

const TOKENS_PER_PRICE = 1_000_000n;

/** A model's use on a UTC day (`YYYY-MM-DD`). `cachedInputTokens` are a part of `inputTokens`. */
export interface DailyModelUsage {
  readonly day: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

/** The upstream's price of that use, in millionths of the currency's major unit. */
export interface UpstreamCost {
  readonly currency: string;
  readonly amountMicros: number;
  /** Whether the price changed on that day, all of which is computed at the last one. */
  readonly isEstimate: boolean;
}

/** Lists the history of these models' costs, by model, oldest first. */
export async function listModelCosts(
  db: Database,
  modelIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ModelCost[]>> {
  const rows = await db
    .select()
    .from(modelCosts)
    .where(inList(modelCosts.modelId, modelIds))
    .orderBy(asc(modelCosts.since));
  return Map.groupBy(rows, ({ modelId }) => modelId);
}

/**
 * Computes the upstream's price of a day's use, at the prices of that day, rounded once to whole
 * millionths. Pure.
 * @param history the costs of that model, oldest first
 * @returns null when no price of that day is known
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
