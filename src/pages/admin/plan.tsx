import type { InferRequestType } from "hono/client";
import { METERS, type Meter, PERIODS } from "../../meters.ts";
import { toMajor } from "../../units.ts";
import { type ApiClient, ApiRefusal, type SuccessBody, unwrap } from "../api.ts";
import { Field, Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import {
  type FieldError,
  type FormValues,
  type RejectedForm,
  readForm,
  Select,
  toFieldError,
} from "../form-components.tsx";
import { parseAmount, parseNumber } from "../parse-input.ts";
import { pathParam } from "../path-param.ts";
import { parseOneOf, renderAdminPage } from "./admin-components.tsx";

type Route = ApiClient["api"]["admin"]["plans"][":idOrSlug"];
type Plan = SuccessBody<Route["$get"]>;
type Patch = InferRequestType<Route["$patch"]>["json"];

/** The fields that hold one number, and whether they may be empty. */
const NUMBER_FIELDS = [
  ["credits", "planCredits", false],
  ["creditsExpireAfterDays", "expireAfterDays", true],
  ["requestsPerMinute", "requestsPerMinute", false],
  ["trialDays", "trialDays", false],
  ["sortOrder", "sortOrder", false],
] as const;

/** A plan as the form has it when nothing was typed yet. Prices are by their place: `price.0`. */
function toFormValues(plan: Plan): FormValues {
  const numbers = NUMBER_FIELDS.map(([field]) => [
    field,
    plan[field] === null ? "" : String(plan[field]),
  ]);
  const prices = plan.prices.map(({ amountMinor, currency }, at) => [
    `price.${at}`,
    toMajor(amountMinor, currency),
  ]);
  const limits = METERS.flatMap((meter) => {
    const { limit = null, period = "" } = plan.allowances[meter] ?? {};
    return [
      [`limit.${meter}`, limit === null ? "" : String(limit)],
      [`period.${meter}`, period],
    ];
  });
  return { name: plan.name, ...Object.fromEntries([...numbers, ...prices, ...limits]) };
}

/**
 * What was typed, as the wire takes it: prices with their new amounts, limits with what else their
 * allowances have. Pure.
 * @returns the first field that is no number or amount
 */
function buildPlanPatch(
  plan: Plan,
  values: FormValues,
  words: { readonly number: string; readonly amount: string },
): Patch | FieldError {
  const numbers: Record<string, number | null> = {};
  for (const [field, , isOptional] of NUMBER_FIELDS) {
    const value = parseNumber(values[field]);
    if (Number.isNaN(value) || (value === undefined && !isOptional))
      return { param: field, message: words.number };
    numbers[field] = value ?? null;
  }
  const prices: Plan["prices"][number][] = [];
  for (const [at, price] of plan.prices.entries()) {
    const amountMinor = parseAmount(values[`price.${at}`], price.currency);
    if (amountMinor === null || amountMinor === undefined)
      return { param: `price.${at}`, message: words.amount };
    // A price at Stripe cannot be changed: another amount is another price there.
    prices.push(
      amountMinor === price.amountMinor
        ? price
        : { ...price, amountMinor, stripePriceId: null, meteredStripePriceId: null },
    );
  }
  const allowances: Record<string, object> = {};
  for (const meter of METERS) {
    const period = parseOneOf(PERIODS, values[`period.${meter}`]);
    if (period === undefined) continue;
    const limit = parseNumber(values[`limit.${meter}`]);
    if (Number.isNaN(limit)) return { param: `limit.${meter}`, message: words.number };
    allowances[meter] = { ...plan.allowances[meter], limit: limit ?? null, period };
  }
  return { name: values["name"] ?? "", ...numbers, prices, allowances };
}

const isFieldError = (patch: Patch | FieldError): patch is FieldError =>
  "param" in patch && "message" in patch;

/**
 * What the form calls the field that a refusal of the wire names: `prices.0.amountMinor`,
 * `allowances.message.limit`.
 */
function toFieldName(param: string): string {
  const [first, second, third] = param.split(".");
  if (first === "prices") return `price.${second ?? 0}`;
  if (first === "allowances") return `${third === "period" ? "period" : "limit"}.${second ?? ""}`;
  return param;
}

function AllowanceFields({
  c,
  meter,
  values,
  errorFor,
}: {
  c: PageContext;
  meter: Meter;
  values: FormValues;
  errorFor: (field: string) => string | undefined;
}) {
  const { admin: words, pricing } = c.var.words;
  const [limit, period] = [`limit.${meter}`, `period.${meter}`];
  return (
    <fieldset class="row">
      <legend>{pricing.meters[meter]}</legend>
      <Field name={limit} label={words.limit} value={values[limit]} error={errorFor(limit)} />
      <Select
        name={period}
        label={words.period}
        value={values[period]}
        options={[
          ["", words.notIncluded],
          ...PERIODS.map((option) => [option, words.periods[option]] as const),
        ]}
        error={errorFor(period)}
      />
    </fieldset>
  );
}

async function renderPlan(c: PageContext, plan: Plan, rejected?: RejectedForm) {
  const { admin: words, pricing, common } = c.var.words;
  const values = rejected?.values ?? toFormValues(plan);
  const fieldNames = new Set(Object.keys({ ...toFormValues(plan), ...values }));
  const errorFor = (field: string) =>
    rejected?.error.param === field ? rejected.error.message : undefined;
  return await renderAdminPage(
    c,
    plan.name,
    <form method="post" action={`/admin/plans/${plan.id}`}>
      {rejected === undefined || fieldNames.has(rejected.error.param) ? null : (
        <Notice kind="bad">{rejected.error.message}</Notice>
      )}
      <div class="card">
        <Field
          name="name"
          label={words.planName}
          value={values["name"]}
          error={errorFor("name")}
          required
        />
        {plan.prices.map(({ currency, interval }, at) => (
          <Field
            name={`price.${at}`}
            label={words.priceIn(
              currency.toUpperCase(),
              interval === null ? pricing.once : pricing.per[interval],
            )}
            value={values[`price.${at}`]}
            error={errorFor(`price.${at}`)}
            required
          />
        ))}
        {NUMBER_FIELDS.map(([field, label, isOptional]) => (
          <Field
            name={field}
            label={words[label]}
            value={values[field]}
            error={errorFor(field)}
            required={!isOptional}
          />
        ))}
      </div>
      <div class="card">
        <h2>{words.allowances}</h2>
        <p class="muted">{words.allowanceHint}</p>
        {METERS.map((meter) => (
          <AllowanceFields c={c} meter={meter} values={values} errorFor={errorFor} />
        ))}
      </div>
      <p>
        <button type="submit">{common.save}</button>
      </p>
    </form>,
    rejected === undefined ? 200 : 400,
  );
}

const loadPlan = (c: PageContext): Promise<Plan> =>
  unwrap(c.var.api.api.admin.plans[":idOrSlug"].$get({ param: { idOrSlug: pathParam(c, "id") } }));

/** `GET /admin/plans/:id` */
export const planPage = async (c: PageContext) => await renderPlan(c, await loadPlan(c));

/** `POST /admin/plans/:id`: what was typed takes the place of what was there. */
export async function updatePlan(c: PageContext) {
  const { admin: words } = c.var.words;
  const [plan, values] = [await loadPlan(c), await readForm(c)];
  const json = buildPlanPatch(plan, values, {
    number: words.numberProblem,
    amount: words.amountProblem,
  });
  if (isFieldError(json)) return await renderPlan(c, plan, { error: json, values });
  try {
    await unwrap(
      c.var.api.api.admin.plans[":idOrSlug"].$patch({ param: { idOrSlug: plan.id }, json }),
    );
    return c.redirect("/admin/catalog", 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    const { param, message } = toFieldError(error);
    return await renderPlan(c, plan, { error: { param: toFieldName(param), message }, values });
  }
}
