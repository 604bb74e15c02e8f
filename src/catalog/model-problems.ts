import type { FailureDetails } from "../errors.ts";
import { toMicrocredits } from "../units.ts";
import type { ModelKind } from "./model-kinds.ts";
import type { MorePriceData } from "./more-prices.ts";

/** A field that is wrong, and why. */
export interface ModelProblem {
  readonly path: string;
  readonly message: string;
  readonly details?: FailureDetails | undefined;
}

/** The fields of a model between which there are rules. */
interface Fields extends MorePriceData {
  readonly kind: ModelKind;
  readonly inputPrice: number;
  readonly cachedInputPrice: number | null;
  readonly cacheWritePrice: number | null;
  readonly outputPrice: number;
  readonly contextLength: number;
  readonly maxOutputTokens: number | null;
  readonly imageTokens: number | null;
  readonly lowDetailImageTokens: number | null;
}

/** The price of a unit that each kind has to have, and no other may. */
const UNIT_PRICES = {
  imagePrices: "image",
  characterPrice: "speech",
  secondPrice: "transcription",
} as const satisfies Partial<Record<keyof MorePriceData, ModelKind>>;

/** Checks that a model has the price of what its kind counts, and of nothing else. */
function findKindProblem(model: Fields): ModelProblem | undefined {
  for (const path of ["imagePrices", "characterPrice", "secondPrice"] as const) {
    const kind = UNIT_PRICES[path];
    if (model.kind === kind && model[path] === null)
      return { path, message: `must be set for a model of the kind "${kind}"` };
    if (model.kind !== kind && model[path] !== null)
      return { path, message: `is only for models of the kind "${kind}"` };
  }
  if (model.kind !== "moderation") return undefined;
  const priced = (["inputPrice", "outputPrice", "requestPrice"] as const).find(
    (path) => (model[path] ?? 0) > 0,
  );
  return priced === undefined ? undefined : { path: priced, message: "must be 0: it is free" };
}

function findPictureProblem({
  kind,
  imageTokens,
  lowDetailImageTokens: low,
}: Fields): ModelProblem | undefined {
  if (kind !== "chat" && imageTokens !== null)
    return { path: "imageTokens", message: 'is only for models of the kind "chat"' };
  if (low === null) return undefined;
  const path = "lowDetailImageTokens";
  if (imageTokens === null) return { path, message: "must be left out without imageTokens" };
  return low > imageTokens ? { path, message: "must not exceed imageTokens" } : undefined;
}

function findTierProblem({ priceTiers }: Fields): ModelProblem | undefined {
  const sizes = priceTiers.map(({ aboveInputTokens }) => aboveInputTokens);
  return sizes.every((size, at) => at === 0 || size > (sizes[at - 1] ?? 0))
    ? undefined
    : { path: "priceTiers", message: "must be in order, the smallest aboveInputTokens first" };
}

/**
 * Checks the rules between a model's fields. A price times a full context has to stay below 2^53 in
 * the unit in which prices are stored (microcredits for a million tokens), so that any chat costs
 * far less than 2^53 microcredits.
 * @returns the first problem, if any
 */
export function findModelProblem(model: Fields): ModelProblem | undefined {
  const { inputPrice, cachedInputPrice, contextLength, maxOutputTokens } = model;
  if (maxOutputTokens !== null && maxOutputTokens > contextLength)
    return { path: "maxOutputTokens", message: "must not exceed the context length" };
  if (cachedInputPrice !== null && cachedInputPrice > inputPrice)
    return { path: "cachedInputPrice", message: "must not exceed the input price" };
  const prices: readonly (readonly [path: string, price: number | null])[] = [
    ["inputPrice", inputPrice],
    ["cacheWritePrice", model.cacheWritePrice],
    ["cacheWriteHourPrice", model.cacheWriteHourPrice],
    ["outputPrice", model.outputPrice],
    ["reasoningPrice", model.reasoningPrice],
    ...model.priceTiers.flatMap((tier) =>
      [
        tier.inputPrice,
        tier.cacheWritePrice,
        tier.cacheWriteHourPrice,
        tier.outputPrice,
        tier.reasoningPrice,
      ].map((price) => ["priceTiers", price] as const),
    ),
  ];
  const tooHigh = prices.find(
    ([, price]) => toMicrocredits(price ?? 0) * contextLength > Number.MAX_SAFE_INTEGER,
  );
  if (tooHigh !== undefined)
    return {
      path: tooHigh[0],
      message:
        "is too high for this context length: the cost of a full context couldn't be represented",
    };
  return findTierProblem(model) ?? findKindProblem(model) ?? findPictureProblem(model);
}
