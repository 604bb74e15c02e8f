import { isLanguage, LANGUAGES } from "../languages.ts";
import { isMailOn, OPTIONAL_KINDS } from "../mail/index.ts";
import { ApiRefusal, type SuccessBody, unwrap } from "./api.ts";
import { Field, Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { type FormValues, type RejectedForm, readForm, Select } from "./form-components.tsx";
import { renderPage } from "./layout.tsx";
import { parseNumber } from "./parse-input.ts";
import { refusalText } from "./refusal-text.ts";

type Preferences = SuccessBody<
  PageContext["var"]["api"]["api"]["users"][":userId"]["mail-preferences"]["$get"]
>;

const ME = { param: { userId: "me" } } as const;

/** The values of the form as they are stored. */
const toValues = ({ language, kinds, lowBalanceCredits }: Preferences): FormValues => ({
  language: language ?? "en",
  lowBalanceCredits: lowBalanceCredits === null ? "" : String(lowBalanceCredits),
  ...Object.fromEntries(
    OPTIONAL_KINDS.flatMap((kind) => (kinds[kind] ? [[kind, "on"] as const] : [])),
  ),
});

/** Converts the form into the change that it asks for. A checkbox that is not sent is off. */
function toChange(values: FormValues) {
  const language = values["language"] ?? "";
  const threshold = parseNumber(values["lowBalanceCredits"]) ?? null;
  return {
    ...(isLanguage(language) ? { language } : {}),
    kinds: Object.fromEntries(OPTIONAL_KINDS.map((kind) => [kind, values[kind] !== undefined])),
    // JSON has no NaN: what is no number is refused as one that nobody may choose.
    lowBalanceCredits: Number.isNaN(threshold) ? -1 : threshold,
  };
}

function PreferencesForm({
  c,
  values,
  error,
}: {
  c: PageContext;
  values: FormValues;
  error?: RejectedForm["error"] | undefined;
}) {
  const { mailChoice: words, common } = c.var.words;
  return (
    <form method="post">
      <fieldset>
        <legend>{words.optional}</legend>
        {OPTIONAL_KINDS.map((kind) => (
          <div class="field">
            <label>
              <input type="checkbox" name={kind} checked={values[kind] !== undefined} />{" "}
              {words.kinds[kind]}
            </label>
          </div>
        ))}
        <Field
          name="lowBalanceCredits"
          label={words.threshold}
          hint={words.thresholdHint}
          type="number"
          min={0}
          step="any"
          value={values["lowBalanceCredits"]}
          error={error?.param === "lowBalanceCredits" ? error.message : undefined}
        />
      </fieldset>
      <Select
        name="language"
        label={words.language}
        value={values["language"]}
        options={Object.entries(LANGUAGES).map(([language, { name }]) => [language, name])}
      />
      <p class="muted">{words.always}</p>
      <button type="submit">{common.save}</button>
    </form>
  );
}

function renderPreferences(
  c: PageContext,
  values: FormValues,
  { error, status }: { error?: RejectedForm["error"]; status?: ApiRefusal["status"] } = {},
) {
  const { mailChoice: words } = c.var.words;
  const isElsewhere = error !== undefined && error.param !== "lowBalanceCredits";
  return renderPage(
    c,
    {
      title: words.title,
      width: "narrow",
      children: (
        <>
          <h1>{words.title}</h1>
          {c.req.query("saved") === undefined ? null : <Notice>{words.saved}</Notice>}
          {isMailOn(c.var.ctx) ? null : <Notice kind="warn">{words.off}</Notice>}
          {isElsewhere ? <Notice kind="bad">{error.message}</Notice> : null}
          <PreferencesForm c={c} values={values} error={error} />
        </>
      ),
    },
    status ?? 200,
  );
}

/** `GET /account/mail`: shows which mails the reader gets. */
export async function showMailPreferences(c: PageContext) {
  const preferences = await unwrap(c.var.api.api.users[":userId"]["mail-preferences"].$get(ME));
  return renderPreferences(c, toValues(preferences));
}

/** `POST /account/mail`: changes that. */
export async function submitMailPreferences(c: PageContext) {
  const values = await readForm(c);
  const route = c.var.api.api.users[":userId"]["mail-preferences"];
  try {
    await unwrap(route.$patch({ ...ME, json: toChange(values) }));
    return c.redirect("/account/mail?saved=true", 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.status === 401) throw error;
    const refused = { param: error.body.param ?? "", message: refusalText(c, error) };
    return renderPreferences(c, values, { error: refused, status: error.status });
  }
}
