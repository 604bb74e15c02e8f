import type { InferRequestType } from "hono/client";
import type { ApiClient, SuccessBody } from "../api.ts";
import type { FieldError, FormValues } from "../form-components.tsx";
import { parseNumber } from "../parse-input.ts";
import type { Words } from "../words/index.ts";
import { parseOneOf } from "./admin-components.tsx";
import { formatFallbacks, readFallbacks } from "./model-fallbacks.ts";

type Routes = ApiClient["api"]["admin"]["models"];
export type Model = SuccessBody<Routes[":id{.+}"]["$get"]>;
export type ModelFields = Omit<InferRequestType<Routes["$post"]>["json"], "id">;
type Texts = Words["admin"]["shop"];
type Cost = NonNullable<Model["upstreamCost"]>;

export const KINDS = [
  "chat",
  "embedding",
  "image",
  "speech",
  "transcription",
  "moderation",
] as const;

/** Rates of tokens, and whether each may be empty. */
const RATES = [
  ["inputPrice", false],
  ["cachedInputPrice", true],
  ["cacheWritePrice", true],
  ["cacheWriteHourPrice", true],
  ["outputPrice", false],
  ["reasoningPrice", true],
] as const;
/** Prices of units and of a request. */
const UNIT_PRICES = ["requestPrice", "characterPrice", "secondPrice"] as const;
export const LIMITS = [
  ["contextLength", false],
  ["maxOutputTokens", true],
  ["imageTokens", true],
  ["lowDetailImageTokens", true],
] as const;
export const PRICES = [...RATES, ...UNIT_PRICES.map((name) => [name, true] as const)] as const;

/** An upstream's prices, by the price of a model that each is the cost of. */
export const COSTS = [
  ["input", "inputPrice"],
  ["cachedInput", "cachedInputPrice"],
  ["cacheWrite", "cacheWritePrice"],
  ["cacheWriteHour", "cacheWriteHourPrice"],
  ["output", "outputPrice"],
  ["reasoning", "reasoningPrice"],
  ["request", "requestPrice"],
  ["character", "characterPrice"],
  ["second", "secondPrice"],
] as const;

/** The fields of a tier of prices, and of one of costs: the first says above which size. */
export const TIER_FIELDS = ["aboveInputTokens", ...RATES.map(([name]) => name)] as const;
export const COST_TIER_FIELDS = [
  "aboveInputTokens",
  ...COSTS.slice(0, RATES.length).map(([name]) => name),
] as const;

const text = (value: number | null): string => (value === null ? "" : String(value));

/** Shows a table of image prices for editing: one a line. */
const formatTable = (table: Readonly<Record<string, number>> | null): string =>
  Object.entries(table ?? {})
    .map(([variant, price]) => `${variant} ${price}`)
    .join("\n");

/** Shows tiers for editing, each field under its name and number: `tier.0.inputPrice`. */
const showTiers = (
  prefix: string,
  tiers: readonly Readonly<Record<string, number | null>>[],
): (readonly [string, string])[] =>
  tiers.flatMap((tier, at) =>
    Object.entries(tier).map(([name, value]) => [`${prefix}.${at}.${name}`, text(value)] as const),
  );

function showCost(cost: Cost): (readonly [string, string])[] {
  return [
    ["cost.currency", cost.currency.toUpperCase()],
    ...COSTS.map(([name]) => [`cost.${name}`, text(cost[name])] as const),
    ["cost.images", formatTable(cost.images)],
    ...showTiers("costTier", cost.tiers),
  ];
}

/** Converts a model into the values of its form. */
export const toFormValues = (model: Model): FormValues => ({
  kind: model.kind,
  upstream: model.upstream,
  upstreamModel: model.upstreamModel,
  aliases: model.aliases.join(", "),
  weight: text(model.upstreams[0]?.weight ?? null),
  fallbacks: formatFallbacks(model.upstreams.slice(1)),
  ...(model.reasoning ? { reasoning: "yes" } : {}),
  ...Object.fromEntries([...PRICES, ...LIMITS].map(([field]) => [field, text(model[field])])),
  imagePrices: formatTable(model.imagePrices),
  ...Object.fromEntries(showTiers("tier", model.priceTiers)),
  ...Object.fromEntries(model.upstreamCost === null ? [] : showCost(model.upstreamCost)),
});

/** A field whose text is not what it should be. */
class FieldProblem extends Error {
  readonly field: string;

  constructor(field: string) {
    super(field);
    this.field = field;
  }
}

/** Reads a number; null where the field is empty. */
function readNumber(values: FormValues, field: string): number | null {
  const value = parseNumber(values[field]);
  if (Number.isNaN(value)) throw new FieldProblem(field);
  return value ?? null;
}

function readRequired(values: FormValues, field: string): number {
  const value = readNumber(values, field);
  if (value === null) throw new FieldProblem(field);
  return value;
}

/** Reads a table of image prices; null where it is empty. */
function readTable(values: FormValues, field: string): Record<string, number> | null {
  const lines = (values[field] ?? "").split("\n").map((line) => line.trim());
  const rows = lines
    .filter((line) => line !== "")
    .map((line): [string, number] => {
      const [variant = "", price = "", ...more] = line.split(/[\s:=]+/);
      const value = parseNumber(price);
      if (value === undefined || Number.isNaN(value) || more.length > 0)
        throw new FieldProblem(field);
      return [variant, value];
    });
  return rows.length === 0 ? null : Object.fromEntries(rows);
}

/** Returns how many tiers a form has room for: those that are there, and one more. */
export function countTiers(values: FormValues, prefix: string): number {
  const numbers = Object.keys(values).flatMap((name) => {
    const [, at] = new RegExp(`^${prefix}\\.(\\d)\\.`).exec(name) ?? [];
    return at === undefined || values[name] === "" ? [] : [Number(at)];
  });
  return Math.min(10, Math.max(-1, ...numbers) + 2);
}

/** Lists the tiers of a form that have anything in them, by their numbers. */
const listTiers = (values: FormValues, prefix: string, fields: readonly string[]): number[] =>
  Array.from({ length: countTiers(values, prefix) }, (_, at) => at).filter((at) =>
    fields.some((name) => (values[`${prefix}.${at}.${name}`] ?? "") !== ""),
  );

const readTiers = (values: FormValues) =>
  listTiers(values, "tier", TIER_FIELDS).map((at) => ({
    aboveInputTokens: readRequired(values, `tier.${at}.aboveInputTokens`),
    inputPrice: readRequired(values, `tier.${at}.inputPrice`),
    cachedInputPrice: readNumber(values, `tier.${at}.cachedInputPrice`),
    cacheWritePrice: readNumber(values, `tier.${at}.cacheWritePrice`),
    cacheWriteHourPrice: readNumber(values, `tier.${at}.cacheWriteHourPrice`),
    outputPrice: readRequired(values, `tier.${at}.outputPrice`),
    reasoningPrice: readNumber(values, `tier.${at}.reasoningPrice`),
  }));

const readCostTiers = (values: FormValues) =>
  listTiers(values, "costTier", COST_TIER_FIELDS).map((at) => ({
    aboveInputTokens: readRequired(values, `costTier.${at}.aboveInputTokens`),
    input: readRequired(values, `costTier.${at}.input`),
    cachedInput: readNumber(values, `costTier.${at}.cachedInput`),
    cacheWrite: readNumber(values, `costTier.${at}.cacheWrite`),
    cacheWriteHour: readNumber(values, `costTier.${at}.cacheWriteHour`),
    output: readRequired(values, `costTier.${at}.output`),
    reasoning: readNumber(values, `costTier.${at}.reasoning`),
  }));

/** Reads what the provider charges; null where nothing of it is filled in. */
function readCost(values: FormValues): ModelFields["upstreamCost"] {
  const isEmpty = Object.entries(values).every(
    ([name, value]) => !/^cost(Tier)?\./.test(name) || value === "",
  );
  if (isEmpty) return null;
  return {
    currency: values["cost.currency"] ?? "",
    input: readNumber(values, "cost.input") ?? 0,
    cachedInput: readNumber(values, "cost.cachedInput"),
    cacheWrite: readNumber(values, "cost.cacheWrite"),
    cacheWriteHour: readNumber(values, "cost.cacheWriteHour"),
    output: readNumber(values, "cost.output") ?? 0,
    reasoning: readNumber(values, "cost.reasoning"),
    request: readNumber(values, "cost.request"),
    images: readTable(values, "cost.images"),
    character: readNumber(values, "cost.character"),
    second: readNumber(values, "cost.second"),
    tiers: readCostTiers(values),
  };
}

function readFields(values: FormValues): ModelFields {
  const first = {
    upstream: values["upstream"] ?? "",
    upstreamModel: values["upstreamModel"] ?? "",
    weight: readNumber(values, "weight"),
  };
  return {
    kind: parseOneOf(KINDS, values["kind"]) ?? "chat",
    aliases: (values["aliases"] ?? "").split(/[\s,]+/).filter((alias) => alias !== ""),
    upstreams: [first, ...readFallbacks(values["fallbacks"] ?? "")],
    reasoning: values["reasoning"] === "yes",
    contextLength: readRequired(values, "contextLength"),
    maxOutputTokens: readNumber(values, "maxOutputTokens"),
    imageTokens: readNumber(values, "imageTokens"),
    lowDetailImageTokens: readNumber(values, "lowDetailImageTokens"),
    inputPrice: readRequired(values, "inputPrice"),
    cachedInputPrice: readNumber(values, "cachedInputPrice"),
    cacheWritePrice: readNumber(values, "cacheWritePrice"),
    cacheWriteHourPrice: readNumber(values, "cacheWriteHourPrice"),
    outputPrice: readRequired(values, "outputPrice"),
    reasoningPrice: readNumber(values, "reasoningPrice"),
    requestPrice: readNumber(values, "requestPrice"),
    characterPrice: readNumber(values, "characterPrice"),
    secondPrice: readNumber(values, "secondPrice"),
    imagePrices: readTable(values, "imagePrices"),
    priceTiers: readTiers(values),
    upstreamCost: readCost(values),
  };
}

/** Reads the fields of a model, or the first whose text is wrong. Pure. */
export function readModelFields(values: FormValues, words: Texts): ModelFields | FieldError {
  try {
    return readFields(values);
  } catch (error) {
    if (!(error instanceof FieldProblem)) throw error;
    const isTable = /image(Price)?s$/.test(error.field);
    return { param: error.field, message: isTable ? words.tableProblem : words.numberProblem };
  }
}

export const isFieldError = (fields: ModelFields | FieldError): fields is FieldError =>
  "param" in fields && "message" in fields;

/** Returns the field of the form in which a field of the API is edited. */
export function toFormField(param: string): string {
  const [field = "", second, third] = param.split(".");
  switch (field) {
    case "aliases":
    case "imagePrices":
      return field;
    case "priceTiers":
      return `tier.${second ?? 0}.${third ?? "aboveInputTokens"}`;
    case "upstreamCost":
      if (second === "tiers")
        return `costTier.${third ?? 0}.${param.split(".")[3] ?? "aboveInputTokens"}`;
      return `cost.${second ?? "currency"}`;
    case "upstreams":
      return second === "0" ? (third ?? "upstream") : "fallbacks";
    default:
      return param;
  }
}

const OTHER_FIELDS: ReadonlySet<string> = new Set([
  "id",
  "kind",
  "aliases",
  "upstream",
  "upstreamModel",
  "weight",
  "fallbacks",
  "imagePrices",
  "cost.currency",
  "cost.images",
]);

/** Whether a field is in the form, beside which its error is shown. */
export function isFormField(name: string, values: FormValues): boolean {
  const [, prefix, at, field = ""] = /^(tier|costTier)\.(\d)\.(\w+)$/.exec(name) ?? [];
  if (prefix !== undefined) {
    const fields: readonly string[] = prefix === "tier" ? TIER_FIELDS : COST_TIER_FIELDS;
    return fields.includes(field) && Number(at) < countTiers(values, prefix);
  }
  return (
    OTHER_FIELDS.has(name) ||
    [...PRICES, ...LIMITS].some(([each]) => each === name) ||
    COSTS.some(([each]) => `cost.${each}` === name)
  );
}
