import type { CatalogData, CheckedCatalog } from "../src/catalog/catalog-data.ts";
import type { ListedModel } from "./price-lists.ts";

/**
 * What a picture takes at most by its vendor's documents, by the model's name without its vendor
 * and date. Others are held for what the setting of their upstream says.
 *
 * - OpenAI: 85 tokens and 170 for each of at most 8 tiles; gpt-4o-mini 2833 and 5667
 *   (https://platform.openai.com/docs/guides/images-vision)
 * - Anthropic (https://platform.claude.com/docs/en/build-with-claude/vision)
 */
const PICTURES = [
  { name: /^gpt-4o-mini$/, imageTokens: 48_169, lowDetailImageTokens: 2833 },
  { name: /^(gpt-4o|gpt-4\.1|gpt-5)$/, imageTokens: 1500, lowDetailImageTokens: 85 },
  { name: /^claude-/, imageTokens: 4800, lowDetailImageTokens: null },
] as const;

/** Returns what a picture takes at most at a model of this id; null where it is not known. */
function picturesOf(id: string) {
  const name = id.slice(id.lastIndexOf("/") + 1).replace(/-\d{4}-\d{2}-\d{2}$/, "");
  const known = PICTURES.find((one) => one.name.test(name));
  return {
    imageTokens: known?.imageTokens ?? null,
    lowDetailImageTokens: known?.lowDetailImageTokens ?? null,
  };
}

type ModelInput = CatalogData["models"][number];

/** How models of a price list become models that are sold. */
export interface ImportTerms {
  /** Patterns of ids, in which `*` stands for anything. None: all models. */
  readonly only: readonly string[];
  /** Added to the vendor's price, in percent. */
  readonly markupPercent: number;
  /** What a credit is worth, in US dollars. */
  readonly creditUsd: number;
  /** A key of the setting UPSTREAMS. */
  readonly upstream: string;
}

const escape = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");

const toPattern = (pattern: string): RegExp =>
  new RegExp(`^${escape(pattern).replaceAll("*", ".*")}$`, "i");

/** Rounds up to six decimals: a price is never below what it was worked out to be. */
const roundUp = (value: number): number => Math.ceil(Number((value * 1e6).toFixed(3))) / 1e6;

/**
 * Makes models that are sold of those of a price list, with prices in credits. Pure. Those of the
 * same id are the first of them.
 */
export function toModels(listed: readonly ListedModel[], terms: ImportTerms): ModelInput[] {
  const patterns = terms.only.map(toPattern);
  const isWanted = ({ id }: ListedModel) =>
    patterns.length === 0 || patterns.some((pattern) => pattern.test(id));
  const toCredits = (usd: number): number =>
    roundUp((usd * (1 + terms.markupPercent / 100)) / terms.creditUsd);
  const orNull = (usd: number | null) => (usd === null ? null : toCredits(usd));
  const byId = new Map(
    listed
      .filter(isWanted)
      .toReversed()
      .map((model) => [model.id, model]),
  );
  return [...byId.values()].toReversed().map((model) => ({
    id: model.id,
    upstream: terms.upstream,
    upstreamModel: model.id,
    inputPrice: toCredits(model.input),
    // A cache that costs more than the input is no discount, and cannot be sold as one.
    cachedInputPrice:
      model.cachedInput === null || model.cachedInput > model.input
        ? null
        : toCredits(model.cachedInput),
    cacheWritePrice: orNull(model.cacheWrite),
    outputPrice: toCredits(model.output),
    contextLength: model.contextLength,
    maxOutputTokens:
      model.maxOutputTokens === null ? null : Math.min(model.maxOutputTokens, model.contextLength),
    reasoning: model.reasoning,
    ...picturesOf(model.id),
    upstreamCost: {
      currency: "usd",
      input: model.input,
      cachedInput: model.cachedInput,
      output: model.output,
    },
  }));
}

const FIELDS = [
  "inputPrice",
  "cachedInputPrice",
  "cacheWritePrice",
  "outputPrice",
  "contextLength",
  "maxOutputTokens",
  "imageTokens",
  "lowDetailImageTokens",
] as const;

/** A model as it is sold now. */
export type CurrentModel = Readonly<
  Record<(typeof FIELDS)[number], number | null> & { readonly id: string }
>;

/** Tells how imported models differ from those that are there, a line for each. Pure. */
export function describeDifference(
  current: readonly CurrentModel[],
  imported: CheckedCatalog["models"],
): string[] {
  const byId = new Map(current.map((model) => [model.id, model]));
  return imported.flatMap((next) => {
    const before = byId.get(next.id);
    if (before === undefined)
      return `+ ${next.id}  input ${next.inputPrice}  output ${next.outputPrice}`;
    const after = { ...next, maxOutputTokens: next.maxOutputTokens ?? next.contextLength };
    const changes = FIELDS.filter((field) => before[field] !== after[field]).map(
      (field) => `${field} ${before[field] ?? "none"} → ${after[field] ?? "none"}`,
    );
    return changes.length === 0 ? [] : `~ ${next.id}  ${changes.join(", ")}`;
  });
}
