import type { InferRequestType, InferResponseType } from "hono/client";
import { METERS, type Meter, PERIODS } from "../../meters.ts";
import { toMajor } from "../../units.ts";
import { type ApiClient, ApiRefusal, said } from "../api.ts";
import type { PageContext } from "../context.ts";
import { Select, typedIn } from "../form-parts.tsx";
import { Field, Notice } from "../parts.tsx";
import { pathParam } from "../path-param.ts";
import { typedAmount, typedNumber } from "../typed.ts";
import { oneOf, showAdmin } from "./admin-parts.tsx";

type Route = ApiClient["api"]["admin"]["plans"][":idOrSlug"];
type Plan = Exclude<InferResponseType<Route["$get"]>, { error: unknown }>;
type Patch = InferRequestType<Route["$patch"]>["json"];
type Typed = Readonly<Record<string, string>>;

/** The fields that hold one number, and whether they may be empty. */
const NUMBERS = [
  ["credits", "planCredits", false],
  ["creditsExpireAfterDays", "expireAfterDays", true],
  ["requestsPerMinute", "requestsPerMinute", false],
  ["trialDays", "trialDays", false],
  ["sortOrder", "sortOrder", false],
] as const;

/** A plan as the form has it when nothing was typed yet. Prices are by their place: `price.0`. */
function asTyped(plan: Plan): Typed {
  const numbers = NUMBERS.map(([field]) => [
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

/** A field that was not filled in as it has to be, with the name that the form has for it. */
interface Wrong {
  readonly param: string;
  readonly message: string;
}

/**
 * What was typed, as the wire takes it: prices with their new amounts, limits with what else their
 * allowances have. Pure.
 * @returns the first field that is no number or amount
 */
function planPatch(
  plan: Plan,
  typed: Typed,
  words: { readonly number: string; readonly amount: string },
): Patch | Wrong {
  const numbers: Record<string, number | null> = {};
  for (const [field, , mayBeEmpty] of NUMBERS) {
    const value = typedNumber(typed[field]);
    if (Number.isNaN(value) || (value === undefined && !mayBeEmpty))
      return { param: field, message: words.number };
    numbers[field] = value ?? null;
  }
  const prices: Plan["prices"][number][] = [];
  for (const [at, price] of plan.prices.entries()) {
    const amountMinor = typedAmount(typed[`price.${at}`], price.currency);
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
    const period = oneOf(PERIODS, typed[`period.${meter}`]);
    if (period === undefined) continue;
    const limit = typedNumber(typed[`limit.${meter}`]);
    if (Number.isNaN(limit)) return { param: `limit.${meter}`, message: words.number };
    allowances[meter] = { ...plan.allowances[meter], limit: limit ?? null, period };
  }
  return { name: typed["name"] ?? "", ...numbers, prices, allowances };
}

const isWrong = (patch: Patch | Wrong): patch is Wrong => "param" in patch && "message" in patch;

/**
 * What the form calls the field that a refusal of the wire names: `prices.0.amountMinor`,
 * `allowances.message.limit`.
 */
function fieldOf(param: string): string {
  const [first, second, third] = param.split(".");
  if (first === "prices") return `price.${second ?? 0}`;
  if (first === "allowances") return `${third === "period" ? "period" : "limit"}.${second ?? ""}`;
  return param;
}

function Allowance({
  c,
  meter,
  typed,
  wrong,
}: {
  c: PageContext;
  meter: Meter;
  typed: Typed;
  wrong: (field: string) => string | undefined;
}) {
  const { admin: words, pricing } = c.var.words;
  const [limit, period] = [`limit.${meter}`, `period.${meter}`];
  return (
    <fieldset class="row">
      <legend>{pricing.meters[meter]}</legend>
      <Field name={limit} label={words.limit} value={typed[limit]} problem={wrong(limit)} />
      <Select
        name={period}
        label={words.period}
        value={typed[period]}
        options={[
          ["", words.notIncluded],
          ...PERIODS.map((one) => [one, words.periods[one]] as const),
        ]}
        problem={wrong(period)}
      />
    </fieldset>
  );
}

async function showPlan(
  c: PageContext,
  plan: Plan,
  again?: { readonly wrong: Wrong; readonly typed: Typed },
) {
  const { admin: words, pricing, common } = c.var.words;
  const typed = again?.typed ?? asTyped(plan);
  const shown = new Set(Object.keys({ ...asTyped(plan), ...typed }));
  const wrong = (field: string) => (again?.wrong.param === field ? again.wrong.message : undefined);
  return await showAdmin(
    c,
    plan.name,
    <form method="post" action={`/admin/plans/${plan.id}`}>
      {again === undefined || shown.has(again.wrong.param) ? null : (
        <Notice kind="bad">{again.wrong.message}</Notice>
      )}
      <div class="card">
        <Field
          name="name"
          label={words.planName}
          value={typed["name"]}
          problem={wrong("name")}
          required
        />
        {plan.prices.map(({ currency, interval }, at) => (
          <Field
            name={`price.${at}`}
            label={words.priceIn(
              currency.toUpperCase(),
              interval === null ? pricing.once : pricing.per[interval],
            )}
            value={typed[`price.${at}`]}
            problem={wrong(`price.${at}`)}
            required
          />
        ))}
        {NUMBERS.map(([field, label, mayBeEmpty]) => (
          <Field
            name={field}
            label={words[label]}
            value={typed[field]}
            problem={wrong(field)}
            required={!mayBeEmpty}
          />
        ))}
      </div>
      <div class="card">
        <h2>{words.allowances}</h2>
        <p class="muted">{words.allowanceHint}</p>
        {METERS.map((meter) => (
          <Allowance c={c} meter={meter} typed={typed} wrong={wrong} />
        ))}
      </div>
      <p>
        <button type="submit">{common.save}</button>
      </p>
    </form>,
    again === undefined ? 200 : 400,
  );
}

const findPlan = (c: PageContext): Promise<Plan> =>
  said(c.var.api.api.admin.plans[":idOrSlug"].$get({ param: { idOrSlug: pathParam(c, "id") } }));

/** `GET /admin/plans/:id` */
export const planPage = async (c: PageContext) => await showPlan(c, await findPlan(c));

/** `POST /admin/plans/:id`: what was typed takes the place of what was there. */
export async function changePlan(c: PageContext) {
  const { admin: words } = c.var.words;
  const [plan, typed] = [await findPlan(c), await typedIn(c)];
  const json = planPatch(plan, typed, { number: words.numberProblem, amount: words.amountProblem });
  if (isWrong(json)) return await showPlan(c, plan, { wrong: json, typed });
  try {
    await said(
      c.var.api.api.admin.plans[":idOrSlug"].$patch({ param: { idOrSlug: plan.id }, json }),
    );
    return c.redirect("/admin/catalog", 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    const wrong = { param: fieldOf(error.error.param ?? ""), message: error.message };
    return await showPlan(c, plan, { wrong, typed });
  }
}
