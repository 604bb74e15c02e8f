import type { InferRequestType } from "hono/client";
import { ALLOWANCE_PERIODS, METERS, type Meter } from "../../meters.ts";
import { toMajor } from "../../units.ts";
import type { ApiClient, SuccessBody } from "../api.ts";
import type { FieldError, FormValues } from "../form-components.tsx";
import { parseAmount, parseNumber } from "../parse-input.ts";
import type { Words } from "../words/index.ts";
import { parseOneOf } from "./admin-components.tsx";

type Route = ApiClient["api"]["admin"]["plans"][":idOrSlug"];
export type Plan = SuccessBody<Route["$get"]>;
export type PlanPatch = InferRequestType<Route["$patch"]>["json"];
type Texts = Words["admin"]["shop"];

/** The parts of a plan's form, each of which is saved by itself. */
export const PLAN_TABS = ["basics", "prices", "limits", "content"] as const;
export type PlanTab = (typeof PLAN_TABS)[number];

/** The fields that hold a number, and whether each may be empty. */
export const NUMBER_FIELDS = [
  ["credits", false],
  ["creditsExpireAfterDays", true],
  ["requestsPerMinute", false],
  ["trialDays", false],
  ["sortOrder", false],
] as const;

export const INTERVALS = ["day", "week", "month", "year"] as const;
/** How a plan limits a meter. */
export const LIMIT_MODES = ["none", "number", "unlimited"] as const;
export const NEW_PRICES = 2;

/** Returns how a plan limits a meter; empty where it does not say. */
function limitMode(plan: Plan, meter: Meter): "" | (typeof LIMIT_MODES)[number] {
  const allowance = plan.allowances[meter];
  if (allowance === undefined) return "";
  if (allowance.limit === null) return "unlimited";
  return allowance.limit === 0 ? "none" : "number";
}

/** Converts a plan into the values of its forms. Prices are named by their index: `price.0`. */
export function toFormValues(plan: Plan): FormValues {
  const numbers = NUMBER_FIELDS.map(([field]) => [
    field,
    plan[field] === null ? "" : String(plan[field]),
  ]);
  const prices = plan.prices.map(({ amountMinor, currency }, index) => [
    `price.${index}`,
    toMajor(amountMinor, currency),
  ]);
  const limits = METERS.flatMap((meter) => {
    const mode = limitMode(plan, meter);
    const { limit = null, period = "month" } = plan.allowances[meter] ?? {};
    return [
      [`mode.${meter}`, mode],
      [`limit.${meter}`, mode === "number" ? String(limit) : ""],
      [`period.${meter}`, period],
    ];
  });
  return {
    name: plan.name,
    nameArabic: plan.names.ar ?? "",
    ...(plan.highlighted ? { highlighted: "yes" } : {}),
    ...(plan.models === null ? { allModels: "yes" } : {}),
    ...Object.fromEntries((plan.models ?? []).map((id) => [`model.${id}`, "yes"])),
    features: plan.features.join("\n"),
    ...Object.fromEntries([...numbers, ...prices, ...limits]),
  };
}

export const isFieldError = (patch: PlanPatch | FieldError): patch is FieldError =>
  "param" in patch && "message" in patch;

function toBasics(plan: Plan, values: FormValues, words: Texts): PlanPatch | FieldError {
  const numbers: Record<string, number | null> = {};
  for (const [field, isOptional] of NUMBER_FIELDS) {
    if (values[field] === undefined) continue;
    const value = parseNumber(values[field]);
    if (Number.isNaN(value) || (value === undefined && !isOptional))
      return { param: field, message: words.numberProblem };
    numbers[field] = value ?? null;
  }
  const { en } = plan.names;
  const names = en === undefined ? {} : { en };
  const arabic = values["nameArabic"] ?? "";
  return {
    name: values["name"] ?? "",
    names: arabic === "" ? names : { ...names, ar: arabic },
    highlighted: values["highlighted"] === "yes",
    ...numbers,
  };
}

function toPrices(plan: Plan, values: FormValues, words: Texts): PlanPatch | FieldError {
  const prices: NonNullable<PlanPatch["prices"]> = [];
  for (const [index, price] of plan.prices.entries()) {
    const amountMinor = parseAmount(values[`price.${index}`], price.currency);
    if (amountMinor === null) return { param: `price.${index}`, message: words.amountProblem };
    if (amountMinor === undefined) continue;
    // The amount of a price at Stripe cannot change: a new amount is a new price there.
    prices.push(
      amountMinor === price.amountMinor
        ? price
        : { ...price, amountMinor, stripePriceId: null, meteredStripePriceId: null },
    );
  }
  for (let index = 0; index < NEW_PRICES; index++) {
    const text = values[`newAmount.${index}`] ?? "";
    if (text === "") continue;
    const currency = (values[`newCurrency.${index}`] ?? "").toLowerCase();
    if (!/^[a-z]{3}$/.test(currency))
      return { param: `newCurrency.${index}`, message: words.currencyProblem };
    const amountMinor = parseAmount(text, currency);
    if (amountMinor === null || amountMinor === undefined)
      return { param: `newAmount.${index}`, message: words.amountProblem };
    const interval = parseOneOf(INTERVALS, values[`newInterval.${index}`]) ?? null;
    prices.push({ currency, interval, amountMinor });
  }
  return { prices };
}

function toLimits(plan: Plan, values: FormValues, words: Texts): PlanPatch | FieldError {
  const allowances: Record<string, object | string> = {};
  for (const meter of METERS) {
    const before = plan.allowances[meter];
    const mode = parseOneOf(LIMIT_MODES, values[`mode.${meter}`]);
    if (mode === undefined) {
      if (before !== undefined) allowances[meter] = before;
    } else if (mode === limitMode(plan, meter) && mode !== "number" && before !== undefined) {
      allowances[meter] = before;
    } else if (mode !== "number") {
      allowances[meter] = mode;
    } else {
      const limit = parseNumber(values[`limit.${meter}`]);
      if (limit === undefined || Number.isNaN(limit))
        return { param: `limit.${meter}`, message: words.limitProblem };
      const period = parseOneOf(ALLOWANCE_PERIODS, values[`period.${meter}`]) ?? "month";
      allowances[meter] = { ...before, limit, period };
    }
  }
  return { allowances };
}

const toLines = (text: string | undefined): string[] =>
  (text ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/**
 * Converts the values of one part of the form into a patch. Pure.
 * @returns the patch, or the first field that is wrong
 */
export function buildPlanPatch(
  plan: Plan,
  tab: PlanTab,
  values: FormValues,
  words: Texts,
): PlanPatch | FieldError {
  if (tab === "basics") return toBasics(plan, values, words);
  if (tab === "prices") return toPrices(plan, values, words);
  if (tab === "limits") return toLimits(plan, values, words);
  return {
    models:
      values["allModels"] === "yes"
        ? null
        : Object.keys(values).flatMap((name) =>
            name.startsWith("model.") ? [name.slice("model.".length)] : [],
          ),
    features: toLines(values["features"]),
  };
}

/**
 * Converts the wire's name of a field (`prices.0.amountMinor`, `allowances.message.limit`) into the
 * form's.
 */
export function toFieldName(param: string): string {
  const [first, second, third] = param.split(".");
  if (first === "prices") return `price.${second ?? 0}`;
  if (first === "allowances") return `${third === "period" ? "period" : "limit"}.${second ?? ""}`;
  return first === "names" ? "nameArabic" : (first ?? param);
}
