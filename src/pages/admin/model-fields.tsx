import type { Child } from "hono/jsx";
import { Field } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { type FormValues, Select, TextArea } from "../form-components.tsx";
import {
  COST_TIER_FIELDS,
  COSTS,
  countTiers,
  KINDS,
  LIMITS,
  PRICES,
  TIER_FIELDS,
} from "./model-values.ts";
import { Checkbox } from "./plan-fields.tsx";

interface FieldsProps {
  readonly c: PageContext;
  readonly values: FormValues;
  readonly errorFor: (field: string) => string | undefined;
}

/** A part of the form that most models leave empty: open where it has something, or an error. */
const Part = ({
  title,
  hint,
  isOpen,
  children,
}: {
  title: string;
  hint: string;
  isOpen: boolean;
  children: Child;
}) => (
  <details open={isOpen}>
    <summary>{title}</summary>
    <p class="muted">{hint}</p>
    {children}
  </details>
);

const hasAny = ({ values, errorFor }: FieldsProps, pattern: RegExp): boolean =>
  Object.entries(values).some(
    ([name, value]) => pattern.test(name) && (value !== "" || errorFor(name) !== undefined),
  );

/** Where a model is served, what it does, and how much fits. */
export function ModelBasics({ c, values, errorFor }: FieldsProps) {
  const { shop: words } = c.var.words.admin;
  const field = (name: string, label: string, hint?: string, required = false) => (
    <Field
      name={name}
      label={label}
      hint={hint}
      value={values[name]}
      error={errorFor(name)}
      required={required}
    />
  );
  return (
    <>
      <Select
        name="kind"
        label={words.modelKind}
        hint={words.modelKindHint}
        value={values["kind"]}
        options={KINDS.map((kind) => [kind, words.modelKinds[kind]] as const)}
        error={errorFor("kind")}
      />
      {field("aliases", words.aliases, words.aliasesHint)}
      {field("upstream", words.provider, words.providerHint, true)}
      {field("upstreamModel", words.providerModel, undefined, true)}
      {field("weight", words.weight, words.weightHint)}
      <TextArea
        name="fallbacks"
        label={words.fallbacks}
        hint={words.fallbacksHint}
        value={values["fallbacks"] ?? ""}
        error={errorFor("fallbacks")}
      />
      {LIMITS.map(([name, isOptional]) =>
        field(
          name,
          words[name],
          name === "imageTokens" ? words.imageTokensHint : undefined,
          !isOptional,
        ),
      )}
      <Checkbox name="reasoning" label={words.reasoning} checked={values["reasoning"] === "yes"} />
    </>
  );
}

/** Prices above sizes of a prompt, with room for one more. */
function Tiers({
  c,
  values,
  errorFor,
  prefix,
  fields,
}: FieldsProps & {
  prefix: string;
  fields: readonly (readonly [name: string, label: string])[];
}) {
  const { shop: words } = c.var.words.admin;
  return (
    <>
      {Array.from({ length: countTiers(values, prefix) }, (_, at) => (
        <fieldset>
          <legend>{words.tier(at + 1)}</legend>
          {fields.map(([name, label]) => (
            <Field
              name={`${prefix}.${at}.${name}`}
              label={label}
              value={values[`${prefix}.${at}.${name}`]}
              error={errorFor(`${prefix}.${at}.${name}`)}
            />
          ))}
        </fieldset>
      ))}
    </>
  );
}

/** Every price of a model, in credits. */
export function ModelPrices(props: FieldsProps) {
  const { c, values, errorFor } = props;
  const { shop: words } = c.var.words.admin;
  return (
    <>
      <h2>{words.priceHeading}</h2>
      {PRICES.map(([name, isOptional]) => (
        <Field
          name={name}
          label={words[name]}
          value={values[name]}
          error={errorFor(name)}
          required={!isOptional}
        />
      ))}
      <TextArea
        name="imagePrices"
        label={words.imagePrices}
        hint={words.imagePricesHint}
        value={values["imagePrices"] ?? ""}
        error={errorFor("imagePrices")}
      />
      <Part title={words.priceTiers} hint={words.priceTiersHint} isOpen={hasAny(props, /^tier\./)}>
        <Tiers
          {...props}
          prefix="tier"
          fields={TIER_FIELDS.map((name) => [name, words[name]] as const)}
        />
      </Part>
    </>
  );
}

/** Everything that the provider charges, in its currency. */
export function ModelCosts(props: FieldsProps) {
  const { c, values, errorFor } = props;
  const { shop: words } = c.var.words.admin;
  const labels = new Map<string, string>([
    ["aboveInputTokens", words.aboveInputTokens],
    ...COSTS.map(([name, price]) => [name, words[price]] as const),
  ]);
  return (
    <Part title={words.costs} hint={words.costsHint} isOpen={hasAny(props, /^cost/)}>
      <Field
        name="cost.currency"
        label={words.currency}
        value={values["cost.currency"]}
        error={errorFor("cost.currency")}
      />
      {COSTS.map(([name, price]) => (
        <Field
          name={`cost.${name}`}
          label={words[price]}
          value={values[`cost.${name}`]}
          error={errorFor(`cost.${name}`)}
        />
      ))}
      <TextArea
        name="cost.images"
        label={words.imagePrices}
        hint={words.imagePricesHint}
        value={values["cost.images"] ?? ""}
        error={errorFor("cost.images")}
      />
      <h3>{words.priceTiers}</h3>
      <Tiers
        {...props}
        prefix="costTier"
        fields={COST_TIER_FIELDS.map((name) => [name, labels.get(name) ?? name] as const)}
      />
    </Part>
  );
}
