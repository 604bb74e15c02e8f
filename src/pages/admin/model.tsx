import { ApiRefusal, unwrap } from "../api.ts";
import { Field, Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import {
  type FieldError,
  type FormValues,
  type RejectedForm,
  readForm,
  toFieldError,
} from "../form-components.tsx";
import { formatNumber } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { refusalText } from "../refusal-text.ts";
import { flash } from "../ui/flash.ts";
import { renderAdminPage } from "./admin-components.tsx";
import { ModelBasics, ModelCosts, ModelPrices } from "./model-fields.tsx";
import {
  isFieldError,
  isFormField,
  type Model,
  type ModelFields,
  readModelFields,
  toFormField,
  toFormValues,
} from "./model-values.ts";

const modelPath = (id: string): string => `/admin/models/${encodeURIComponent(id)}`;

/** Warns of a price that is below what the provider charges, by the name of its field. */
function BelowCost({ c, belowCost }: { c: PageContext; belowCost: Model["belowCost"] }) {
  if (belowCost === null) return null;
  const { shop: words } = c.var.words.admin;
  const { field, price, cost, currency } = belowCost;
  const label = new Map<string, unknown>(Object.entries(words)).get(field);
  return (
    <Notice kind="bad">
      {words.belowCost(
        typeof label === "string" ? label : field,
        formatNumber(c, price),
        `${formatNumber(c, cost)} ${currency.toUpperCase()}`,
      )}
    </Notice>
  );
}

interface ShownModel {
  /** Null for a model that is being created. */
  readonly id: string | null;
  readonly values: FormValues;
  readonly belowCost?: Model["belowCost"];
  readonly error?: FieldError;
}

function renderModel(c: PageContext, { id, values, belowCost = null, error }: ShownModel) {
  const { admin, common } = c.var.words;
  const { shop: words } = admin;
  const errorFor = (field: string) => (error?.param === field ? error.message : undefined);
  const props = { c, values, errorFor };
  return renderAdminPage(
    c,
    id ?? words.newModel,
    <form
      method="post"
      action={id === null ? "/admin/models" : modelPath(id)}
      class="card narrow-form"
    >
      {error === undefined || isFormField(error.param, values) ? null : (
        <Notice kind="bad">{error.message}</Notice>
      )}
      <BelowCost c={c} belowCost={belowCost} />
      {id === null ? (
        <Field
          name="id"
          label={words.modelId}
          hint={words.modelIdHint}
          value={values["id"]}
          error={errorFor("id")}
          required
        />
      ) : null}
      <ModelBasics {...props} />
      <ModelPrices {...props} />
      <ModelCosts {...props} />
      <p>
        <button type="submit">{id === null ? words.newModel : common.save}</button>
      </p>
    </form>,
    error === undefined ? 200 : 400,
    { href: "/admin/catalog", text: words.back },
  );
}

const loadModel = (c: PageContext): Promise<Model> =>
  unwrap(c.var.api.api.admin.models[":id{.+}"].$get({ param: { id: pathParam(c, "id") } }));

/** `GET /admin/models/:id`: shows a model with its providers, prices and costs in a form. */
export async function modelPage(c: PageContext) {
  const model = await loadModel(c);
  const { id, belowCost } = model;
  return await renderModel(c, { id, values: toFormValues(model), belowCost });
}

/** `GET /admin/new-model`: shows the form that creates a model. */
export const newModelPage = (c: PageContext) => renderModel(c, { id: null, values: {} });

/** Reads the form, sends it, and shows it again with what was refused. */
async function saveModel(
  c: PageContext,
  id: string | null,
  send: (fields: ModelFields, values: FormValues) => Promise<Pick<Model, "id" | "belowCost">>,
) {
  const values = await readForm(c);
  const reject = (error: RejectedForm["error"]) => renderModel(c, { id, values, error });
  const fields = readModelFields(values, c.var.words.admin.shop);
  if (isFieldError(fields)) return await reject(fields);
  try {
    const saved = await send(fields, values);
    flash(c, "catalogSaved", saved.id);
    // The model's own page says which price is below its cost.
    return c.redirect(saved.belowCost === null ? "/admin/catalog" : modelPath(saved.id), 303);
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
