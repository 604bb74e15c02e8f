import type { InferRequestType } from "hono/client";
import { type ApiClient, ApiRefusal, type SuccessBody, unwrap } from "../api.ts";
import { Field, Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import {
  type FieldError,
  type FormValues,
  type RejectedForm,
  readForm,
  TextArea,
  toFieldError,
} from "../form-components.tsx";
import { parseNumber } from "../parse-input.ts";
import { pathParam } from "../path-param.ts";
import { refusalText } from "../refusal-text.ts";
import { flash } from "../ui/flash.ts";
import { renderAdminPage } from "./admin-components.tsx";
import { formatFallbacks, readFallbacks } from "./model-fallbacks.ts";
import { Checkbox } from "./plan-fields.tsx";

type Routes = ApiClient["api"]["admin"]["models"];
type Model = SuccessBody<Routes[":id{.+}"]["$get"]>;
type NewModel = InferRequestType<Routes["$post"]>["json"];

/** Prices and limits, and whether each may be empty. */
const PRICES_AND_LIMITS = [
  ["inputPrice", false],
  ["cachedInputPrice", true],
  ["cacheWritePrice", true],
  ["outputPrice", false],
  ["contextLength", false],
  ["maxOutputTokens", true],
] as const;
/** The fields that hold a number. */
const FIELDS = [["weight", true], ...PRICES_AND_LIMITS] as const;

const toFormValues = (model: Model): FormValues => ({
  upstream: model.upstream,
  upstreamModel: model.upstreamModel,
  aliases: model.aliases.join(", "),
  weight: String(model.upstreams[0]?.weight ?? ""),
  fallbacks: formatFallbacks(model.upstreams.slice(1)),
  ...(model.reasoning ? { reasoning: "yes" } : {}),
  ...Object.fromEntries(PRICES_AND_LIMITS.map(([field]) => [field, String(model[field] ?? "")])),
});

type ModelFields = Omit<NewModel, "id">;

/** Reads the fields of a model, or the first that is not a number. Pure. */
function readModelFields(values: FormValues, problem: string): ModelFields | FieldError {
  const numbers = new Map<string, number | null>();
  for (const [field, isOptional] of FIELDS) {
    const value = parseNumber(values[field]);
    if (Number.isNaN(value) || (value === undefined && !isOptional))
      return { param: field, message: problem };
    numbers.set(field, value ?? null);
  }
  const first = {
    upstream: values["upstream"] ?? "",
    upstreamModel: values["upstreamModel"] ?? "",
    weight: numbers.get("weight") ?? null,
  };
  return {
    aliases: (values["aliases"] ?? "").split(/[\s,]+/).filter((alias) => alias !== ""),
    upstreams: [first, ...readFallbacks(values["fallbacks"] ?? "")],
    reasoning: values["reasoning"] === "yes",
    inputPrice: numbers.get("inputPrice") ?? 0,
    cachedInputPrice: numbers.get("cachedInputPrice") ?? null,
    cacheWritePrice: numbers.get("cacheWritePrice") ?? null,
    outputPrice: numbers.get("outputPrice") ?? 0,
    contextLength: numbers.get("contextLength") ?? 0,
    maxOutputTokens: numbers.get("maxOutputTokens") ?? null,
  };
}

const isFieldError = (fields: ModelFields | FieldError): fields is FieldError =>
  "param" in fields && "message" in fields;

/** @param id null for a model that is being created */
function renderModel(
  c: PageContext,
  { id, values, error }: { id: string | null; values: FormValues; error?: FieldError },
) {
  const { admin, common } = c.var.words;
  const { shop: words } = admin;
  const errorFor = (field: string) => (error?.param === field ? error.message : undefined);
  const known = [
    "id",
    "upstream",
    "upstreamModel",
    "aliases",
    "fallbacks",
    ...FIELDS.map(([field]) => field),
  ];
  const text = (name: string, label: string, hint?: string) => (
    <Field
      name={name}
      label={label}
      hint={hint}
      value={values[name]}
      error={errorFor(name)}
      required
    />
  );
  return renderAdminPage(
    c,
    id ?? words.newModel,
    <form
      method="post"
      action={id === null ? "/admin/models" : `/admin/models/${encodeURIComponent(id)}`}
      class="card narrow-form"
    >
      {error === undefined || known.includes(error.param) ? null : (
        <Notice kind="bad">{error.message}</Notice>
      )}
      {id === null ? text("id", words.modelId, words.modelIdHint) : null}
      <Field
        name="aliases"
        label={words.aliases}
        hint={words.aliasesHint}
        value={values["aliases"]}
        error={errorFor("aliases")}
      />
      {text("upstream", words.provider, words.providerHint)}
      {text("upstreamModel", words.providerModel)}
      <Field
        name="weight"
        label={words.weight}
        hint={words.weightHint}
        value={values["weight"]}
        error={errorFor("weight")}
      />
      <TextArea
        name="fallbacks"
        label={words.fallbacks}
        hint={words.fallbacksHint}
        value={values["fallbacks"] ?? ""}
        error={errorFor("fallbacks")}
      />
      <h2>{words.priceHeading}</h2>
      {PRICES_AND_LIMITS.map(([field, isOptional]) => (
        <Field
          name={field}
          label={words[field]}
          value={values[field]}
          error={errorFor(field)}
          required={!isOptional}
        />
      ))}
      <Checkbox name="reasoning" label={words.reasoning} checked={values["reasoning"] === "yes"} />
      <p>
        <button type="submit">{id === null ? words.newModel : common.save}</button>
      </p>
    </form>,
    error === undefined ? 200 : 400,
    { href: "/admin/catalog", text: words.back },
  );
}

/** Returns the field of the form in which a field of the API is edited. */
function toFormField(param: string): string {
  if (param.startsWith("aliases.")) return "aliases";
  const [, at, field = "upstream"] = /^upstreams\.(\d+)(?:\.(\w+))?/.exec(param) ?? [];
  if (at === undefined) return param;
  return at === "0" ? field : "fallbacks";
}

const loadModel = (c: PageContext): Promise<Model> =>
  unwrap(c.var.api.api.admin.models[":id{.+}"].$get({ param: { id: pathParam(c, "id") } }));

/** `GET /admin/models/:id`: shows a model's provider, prices and limits in a form. */
export async function modelPage(c: PageContext) {
  const model = await loadModel(c);
  return await renderModel(c, { id: model.id, values: toFormValues(model) });
}

/** `GET /admin/new-model`: shows the form that creates a model. */
export const newModelPage = (c: PageContext) => renderModel(c, { id: null, values: {} });

/** Reads the form, sends it, and shows it again with what was refused. */
async function saveModel(
  c: PageContext,
  id: string | null,
  send: (fields: ModelFields, values: FormValues) => Promise<{ id: string }>,
) {
  const values = await readForm(c);
  const reject = (error: RejectedForm["error"]) => renderModel(c, { id, values, error });
  const fields = readModelFields(values, c.var.words.admin.shop.numberProblem);
  if (isFieldError(fields)) return await reject(fields);
  try {
    const saved = await send(fields, values);
    flash(c, "catalogSaved", saved.id);
    return c.redirect("/admin/catalog", 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    const { param } = toFieldError(error);
    return await reject({ param: toFormField(param), message: refusalText(c, error) });
  }
}

/** `POST /admin/models/:id`: updates a model. */
export async function updateModel(c: PageContext) {
  const { id } = await loadModel(c);
  const param = { id: pathParam(c, "id") };
  return await saveModel(c, id, (json) =>
    unwrap(c.var.api.api.admin.models[":id{.+}"].$patch({ param, json })),
  );
}

/** `POST /admin/models`: creates a model. */
export const createModel = (c: PageContext) =>
  saveModel(c, null, (fields, values) =>
    unwrap(c.var.api.api.admin.models.$post({ json: { ...fields, id: values["id"] ?? "" } })),
  );
