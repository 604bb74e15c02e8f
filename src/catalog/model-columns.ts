import { sql } from "drizzle-orm";
import type { BaseSQLiteDatabase } from "drizzle-orm/sqlite-core";
import { toMicrocredits, toMicros } from "../units.ts";
import type { ModelData } from "./model-data.ts";
import { toMorePrices } from "./more-prices.ts";
import type { Statement } from "./statement.ts";
import { type ModelUpstream, modelCosts, models } from "./tables.ts";
import { toMoreCosts } from "./upstream-prices.ts";

const toCostColumns = (cost: ModelData["upstreamCost"]) => ({
  costCurrency: cost?.currency ?? null,
  inputCostMicrosPerMillion: cost === null ? null : toMicros(cost.input),
  cachedInputCostMicrosPerMillion:
    cost === null || cost.cachedInput === null ? null : toMicros(cost.cachedInput),
  outputCostMicrosPerMillion: cost === null ? null : toMicros(cost.output),
  moreCosts: toMoreCosts(cost),
});

function toUpstreamColumns(upstreams: readonly ModelUpstream[]) {
  const [first] = upstreams;
  if (first === undefined) throw new Error("A model has at least one upstream.");
  const { upstream, upstreamModel } = first;
  return { upstream, upstreamModel, upstreams: upstreams.length === 1 ? null : upstreams };
}

/** Returns the columns of a model, with prices in microcredits for a million tokens. */
export const toModelColumns = (data: Omit<ModelData, "id">) => ({
  aliases: data.aliases,
  kind: data.kind,
  ...toUpstreamColumns(data.upstreams),
  inputPriceMicrocreditsPerMillion: toMicrocredits(data.inputPrice),
  cachedInputPriceMicrocreditsPerMillion:
    data.cachedInputPrice === null ? null : toMicrocredits(data.cachedInputPrice),
  cacheWritePriceMicrocreditsPerMillion:
    data.cacheWritePrice === null ? null : toMicrocredits(data.cacheWritePrice),
  outputPriceMicrocreditsPerMillion: toMicrocredits(data.outputPrice),
  morePrices: toMorePrices(data),
  descriptions: data.descriptions,
  contextLength: data.contextLength,
  maxOutputTokens: data.maxOutputTokens ?? data.contextLength,
  reasoning: data.reasoning,
  imageTokens: data.imageTokens,
  lowDetailImageTokens: data.lowDetailImageTokens,
  ...toCostColumns(data.upstreamCost),
  isActive: data.isActive,
});

/**
 * Returns the statement that records each model whose cost differs from the last one recorded. It
 * runs after the models were written, in the same batch. Idempotent.
 */
export const recordModelCosts = <R>(db: BaseSQLiteDatabase<"async", R>, nowMs: number): Statement =>
  db
    .insert(modelCosts)
    .select(
      // A model whose cost was never known has no row: `is not` compares null with null, too.
      sql`select m.id, ${nowMs}, m.cost_currency, m.input_cost_micros_per_million,
          m.cached_input_cost_micros_per_million, m.output_cost_micros_per_million
        from ${models} m left join ${modelCosts} c on c.model_id = m.id
          and c.since = (select max(l.since) from ${modelCosts} l where l.model_id = m.id)
        where m.cost_currency is not c.cost_currency
          or m.input_cost_micros_per_million is not c.input_cost_micros_per_million
          or m.cached_input_cost_micros_per_million is not c.cached_input_cost_micros_per_million
          or m.output_cost_micros_per_million is not c.output_cost_micros_per_million`,
    )
    .onConflictDoUpdate({
      target: [modelCosts.modelId, modelCosts.since],
      set: {
        costCurrency: sql`excluded.cost_currency`,
        inputCostMicrosPerMillion: sql`excluded.input_cost_micros_per_million`,
        cachedInputCostMicrosPerMillion: sql`excluded.cached_input_cost_micros_per_million`,
        outputCostMicrosPerMillion: sql`excluded.output_cost_micros_per_million`,
      },
    });
