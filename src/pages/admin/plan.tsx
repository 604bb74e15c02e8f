import type { InferRequestType } from "hono/client";
import { ALLOWANCE_PERIODS, METERS, type Meter } from "../../meters.ts";
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

/** The fields that hold a number, their labels, and whether each may be empty. */
const NUMBER_FIELDS = [
  ["credits", "planCredits", false],
  ["creditsExpireAfterDays", "expireAfterDays", true],
  ["requestsPerMinute", "requestsPerMinute", false],
  ["trialDays", "trialDays", false],
  ["sortOrder", "sortOrder", false],
] as const;

/** Converts a plan into the values of its form. Prices are named by their index: `price.0`. */
function toFormValues(plan: Plan): FormValues {
  const numbers = NUMBER_FIELDS.map(([field]) => [
    field,
    plan[field] === null ? "" : String(plan[field]),
  ]);
  const prices = plan.prices.map(({ amountMinor, currency }, index) => [
    `price.${index}`,
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
 * Converts the values of the form into a patch. Prices and allowances keep what the form does not
 * show. Pure.
 * @returns the patch, or the first field that is not a number or an amount
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
  for (const [index, price] of plan.prices.entries()) {
    const amountMinor = parseAmount(values[`price.${index}`], price.currency);
    if (amountMinor === null || amountMinor === undefined)
      return { param: `price.${index}`, message: words.amount };
    // The amount of a price at Stripe cannot change: a new amount is a new price there.
    prices.push(
      amountMinor === price.amountMinor
        ? price
        : { ...price, amountMinor, stripePriceId: null, meteredStripePriceId: null },
    );
  }
  const allowances: Record<string, object> = {};
  for (const meter of METERS) {
    const period = parseOneOf(ALLOWANCE_PERIODS, values[`period.${meter}`]);
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
 * Converts the wire's name of a field (`prices.0.amountMinor`, `allowances.message.limit`) into the
 * form's.
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
          ...ALLOWANCE_PERIODS.map((option) => [option, words.periods[option]] as const),
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
        {plan.prices.map(({ currency, interval }, index) => (
          <Field
            name={`price.${index}`}
            label={words.priceIn(
              currency.toUpperCase(),
              interval === null ? pricing.once : pricing.per[interval],
            )}
            value={values[`price.${index}`]}
            error={errorFor(`price.${index}`)}
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

/** `GET /admin/plans/:id`: shows a plan in a form. */
export const planPage = async (c: PageContext) => await renderPlan(c, await loadPlan(c));

/** `POST /admin/plans/:id`: updates a plan. */
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
