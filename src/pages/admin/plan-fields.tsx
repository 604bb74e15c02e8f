import { ALLOWANCE_PERIODS, METERS, type Meter } from "../../meters.ts";
import { Field } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { type FormValues, Select, TextArea } from "../form-components.tsx";
import { INTERVALS, LIMIT_MODES, NEW_PRICES, NUMBER_FIELDS, type Plan } from "./plan-values.ts";

interface FieldsProps {
  readonly c: PageContext;
  readonly plan: Plan;
  readonly values: FormValues;
  readonly errorFor: (field: string) => string | undefined;
}

/** A choice that is on or off. */
export const Checkbox = ({
  name,
  label,
  checked,
}: {
  name: string;
  label: string;
  checked: boolean;
}) => (
  <label class="check">
    <input type="checkbox" name={name} value="yes" checked={checked} /> <bdi>{label}</bdi>
  </label>
);

/** A plan's name, credits and rules. */
export function BasicFields({ c, plan, values, errorFor }: FieldsProps) {
  const { shop: words } = c.var.words.admin;
  const labels = {
    credits: [words.credits, words.creditsHint],
    creditsExpireAfterDays: [words.expireAfterDays, words.expireHint],
    requestsPerMinute: [words.requestsPerMinute, undefined],
    trialDays: [words.trialDays, undefined],
    sortOrder: [words.sortOrder, undefined],
  } as const;
  const shown = NUMBER_FIELDS.filter(
    ([field]) => field !== "trialDays" || plan.kind === "subscription",
  );
  return (
    <>
      <Field
        name="name"
        label={words.name}
        value={values["name"]}
        error={errorFor("name")}
        required
      />
      <Field
        name="nameArabic"
        label={words.nameArabic}
        value={values["nameArabic"]}
        error={errorFor("nameArabic")}
      />
      {shown.map(([field, isOptional]) => (
        <Field
          name={field}
          label={labels[field][0]}
          hint={labels[field][1]}
          value={values[field]}
          error={errorFor(field)}
          required={!isOptional}
        />
      ))}
      <Checkbox
        name="highlighted"
        label={words.highlighted}
        checked={values["highlighted"] === "yes"}
      />
    </>
  );
}

function NewPriceFields({ c, values, errorFor, index }: FieldsProps & { index: number }) {
  const { shop: words } = c.var.words.admin;
  return (
    <fieldset class="row">
      <legend>{words.newPrice}</legend>
      <Field
        name={`newAmount.${index}`}
        label={words.newAmount}
        value={values[`newAmount.${index}`]}
        error={errorFor(`newAmount.${index}`)}
      />
      <Field
        name={`newCurrency.${index}`}
        label={words.currency}
        value={values[`newCurrency.${index}`]}
        error={errorFor(`newCurrency.${index}`)}
      />
      <Select
        name={`newInterval.${index}`}
        label={words.interval}
        value={values[`newInterval.${index}`]}
        options={[
          ["", words.once],
          ...INTERVALS.map((interval) => [interval, words.intervals[interval]] as const),
        ]}
      />
    </fieldset>
  );
}

/** A plan's prices, with room for new ones. */
export function PriceFields(props: FieldsProps) {
  const { c, plan, values, errorFor } = props;
  const { admin, pricing } = c.var.words;
  const { shop: words } = admin;
  return (
    <>
      {plan.prices.map(({ currency, interval }, index) => (
        <Field
          name={`price.${index}`}
          label={words.amount(
            currency.toUpperCase(),
            interval === null ? pricing.once : pricing.per[interval],
          )}
          hint={words.amountHint}
          value={values[`price.${index}`]}
          error={errorFor(`price.${index}`)}
        />
      ))}
      {Array.from({ length: NEW_PRICES }, (_, index) => (
        <NewPriceFields {...props} index={index} />
      ))}
    </>
  );
}

function LimitFields({ c, plan, values, errorFor, meter }: FieldsProps & { meter: Meter }) {
  const { admin, pricing } = c.var.words;
  const { shop: words } = admin;
  const [mode, limit, period] = [`mode.${meter}`, `limit.${meter}`, `period.${meter}`];
  const unset: [string, string][] =
    plan.allowances[meter] === undefined ? [["", words.notSet]] : [];
  return (
    <fieldset class="row">
      <legend>{pricing.meters[meter]}</legend>
      <Select
        name={mode}
        label={words.limitOf(pricing.meters[meter])}
        value={values[mode]}
        options={[...unset, ...LIMIT_MODES.map((one) => [one, words.modes[one]] as const)]}
      />
      <Field name={limit} label={words.limit} value={values[limit]} error={errorFor(limit)} />
      <Select
        name={period}
        label={words.period}
        value={values[period]}
        options={ALLOWANCE_PERIODS.map((one) => [one, words.periods[one]] as const)}
        error={errorFor(period)}
      />
    </fieldset>
  );
}

/** What a plan includes of each meter: nothing, a number, or no limit. */
export const LimitsFields = (props: FieldsProps) => (
  <>
    <p class="muted">{props.c.var.words.admin.shop.limitsHint}</p>
    {METERS.map((meter) => (
      <LimitFields {...props} meter={meter} />
    ))}
  </>
);

/** The models and features that a plan includes. */
export function ContentFields({
  c,
  values,
  errorFor,
  modelIds,
}: FieldsProps & { modelIds: readonly string[] }) {
  const { shop: words } = c.var.words.admin;
  return (
    <>
      <fieldset>
        <legend>{words.models}</legend>
        <Checkbox
          name="allModels"
          label={words.allModels}
          checked={values["allModels"] === "yes"}
        />
        {modelIds.map((id) => (
          <Checkbox name={`model.${id}`} label={id} checked={values[`model.${id}`] === "yes"} />
        ))}
        {errorFor("models") === undefined ? null : (
          <span class="badge bad" id="models-problem">
            {errorFor("models")}
          </span>
        )}
      </fieldset>
      <TextArea
        name="features"
        label={words.features}
        hint={words.featuresHint}
        value={values["features"] ?? ""}
        error={errorFor("features")}
        rows={6}
      />
    </>
  );
}
