import type { ApiRefusal } from "../api.ts";
import { Field, Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Select } from "../form-components.tsx";
import { refusalText } from "../refusal-text.ts";
import { Checks } from "./checks.tsx";

/** When a key's limit resets. */
const PERIODS = ["month", "day", "at_once"] as const;
/** The scopes that a person chooses from. `billing` is for whoever asks for it by the API. */
export const OFFERED_SCOPES = ["chat", "read", "write"] as const;

/** What was typed into the form, and chosen. */
export interface KeyValues {
  readonly name: string;
  readonly scope: readonly string[];
  readonly model: readonly string[];
  readonly budget?: string | undefined;
  readonly period: string;
  readonly expires?: string | undefined;
  /** For how many days prompts and replies are kept. */
  readonly keepDays?: string | undefined;
}

/** The form as it is shown first. */
export const EMPTY_KEY: KeyValues = {
  name: "",
  scope: ["chat", "read"],
  model: [],
  period: "month",
};

/** The form's names of the fields that the wire refuses. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ["name", "name"],
  ["budget.credits", "budget"],
  ["expiresAt", "expires"],
  ["keepContentDays", "keepDays"],
  ["scopes", "scope"],
  ["models", "model"],
]);

interface KeyFormProps {
  readonly c: PageContext;
  readonly values: KeyValues;
  readonly models: readonly string[];
  readonly error?: ApiRefusal | undefined;
}

interface LimitFieldsProps {
  readonly c: PageContext;
  readonly values: KeyValues;
  readonly errorFor: (field: string) => string | undefined;
}

/** A key's limit, when it resets, and when the key expires. */
function LimitFields({ c, values, errorFor }: LimitFieldsProps) {
  const { keys: words } = c.var.words;
  const periods = PERIODS.map((period): [string, string] => [period, words.periods[period]]);
  const { period } = values;
  // A program may have chosen a period that is not offered here.
  const other = period === "hour" || period === "minute" ? [[period, words.each[period]]] : [];
  return (
    <div class="row">
      <Field
        name="budget"
        label={words.limit}
        hint={words.limitHint}
        type="number"
        min={0.000001}
        step="any"
        value={values.budget}
        error={errorFor("budget")}
      />
      <Select
        name="period"
        label={words.period}
        value={period}
        options={[...periods, ...other.map(([value = "", text = ""]) => [value, text] as const)]}
      />
      <Field
        name="expires"
        label={words.expires}
        type="date"
        value={values.expires}
        error={errorFor("expires")}
      />
    </div>
  );
}

/** Finds the field that the wire refused, and its text. */
function readRefusal(c: PageContext, error: ApiRefusal | undefined) {
  const refused = FIELDS.get(error?.body.param?.replace(/\.\d+$/, "") ?? "");
  return {
    isOfNoField: error !== undefined && refused === undefined,
    errorFor: (field: string) =>
      refused === field && error !== undefined ? refusalText(c, error) : undefined,
  };
}

/** The form that changes a key: all but its scopes, which stay. */
export function EditKeyForm({
  c,
  values,
  models,
  error,
  action,
}: KeyFormProps & { readonly action: string }) {
  const { keys: words } = c.var.words;
  const { isOfNoField, errorFor } = readRefusal(c, error);
  return (
    <form method="post" action={action} class="card">
      {error !== undefined && isOfNoField ? (
        <Notice kind="bad">{refusalText(c, error)}</Notice>
      ) : null}
      <Field name="name" label={words.name} value={values.name} error={errorFor("name")} required />
      <LimitFields c={c} values={values} errorFor={errorFor} />
      {models.length < 2 && values.model.length === 0 ? null : (
        <Checks
          name="model"
          label={words.models}
          hint={words.modelsHint}
          error={errorFor("model")}
          options={models.map((model) => [model, model])}
          chosen={values.model}
        />
      )}
      <Field
        name="keepDays"
        label={words.keepDays}
        hint={words.keepDaysHint}
        type="number"
        min={1}
        step="1"
        value={values.keepDays}
        error={errorFor("keepDays")}
      />
      <button type="submit">{words.save}</button>
    </form>
  );
}

/** The form of a new key. */
export function KeyForm({ c, values, models, error }: KeyFormProps) {
  const { keys: words } = c.var.words;
  const { isOfNoField, errorFor } = readRefusal(c, error);
  return (
    <form method="post" action="/keys" class="card">
      {error !== undefined && isOfNoField ? (
        <Notice kind="bad">{refusalText(c, error)}</Notice>
      ) : null}
      {/* Sent again, as by a reload, it shows the same key and creates no second one. */}
      <input type="hidden" name="once" value={crypto.randomUUID()} />
      <Field
        name="name"
        label={words.name}
        hint={words.nameHint}
        value={values.name}
        error={errorFor("name")}
        required
      />
      <LimitFields c={c} values={values} errorFor={errorFor} />
      <Checks
        name="scope"
        label={words.scopes}
        error={errorFor("scope") === undefined ? undefined : words.noScope}
        options={OFFERED_SCOPES.map((scope) => [scope, words.scopeTexts[scope]])}
        chosen={values.scope}
        isTall
      />
      {models.length < 2 ? null : (
        <Checks
          name="model"
          label={words.models}
          hint={words.modelsHint}
          error={errorFor("model")}
          options={models.map((model) => [model, model])}
          chosen={values.model}
        />
      )}
      <button type="submit">{words.create}</button>
    </form>
  );
}
