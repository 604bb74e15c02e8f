import type { InferRequestType } from "hono/client";
import { type ApiClient, ApiRefusal, type SuccessBody, unwrap } from "../api.ts";
import { Field, Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { type RejectedForm, readForm, toFieldError } from "../form-components.tsx";
import { parseNumber } from "../parse-input.ts";
import { pathParam } from "../path-param.ts";
import { FactList, renderAdminPage } from "./admin-components.tsx";

type Route = ApiClient["api"]["admin"]["models"][":id{.+}"];
type Model = SuccessBody<Route["$get"]>;
type Patch = InferRequestType<Route["$patch"]>["json"];

/** The fields of the form, and whether each may be empty. */
const FIELDS = [
  ["inputPrice", false],
  ["cachedInputPrice", true],
  ["cacheWritePrice", true],
  ["outputPrice", false],
  ["contextLength", false],
  ["maxOutputTokens", true],
] as const;

async function renderModel(c: PageContext, model: Model, rejected?: RejectedForm) {
  const { admin: words, common } = c.var.words;
  const fieldValue = (field: (typeof FIELDS)[number][0]): string =>
    rejected === undefined ? String(model[field] ?? "") : (rejected.values[field] ?? "");
  const isFieldKnown = FIELDS.some(([field]) => field === rejected?.error.param);
  return await renderAdminPage(
    c,
    model.id,
    <form method="post" action={`/admin/models/${encodeURIComponent(model.id)}`} class="card">
      {rejected === undefined || isFieldKnown ? null : (
        <Notice kind="bad">{rejected.error.message}</Notice>
      )}
      <FactList
        facts={[
          [words.upstream, model.upstream],
          [words.upstreamModel, model.upstreamModel],
        ]}
      />
      {FIELDS.map(([field, isOptional]) => (
        <Field
          name={field}
          label={words[field]}
          value={fieldValue(field)}
          error={rejected?.error.param === field ? rejected.error.message : undefined}
          required={!isOptional}
        />
      ))}
      <p>
        <button type="submit">{common.save}</button>
      </p>
    </form>,
    rejected === undefined ? 200 : 400,
  );
}

const loadModel = (c: PageContext): Promise<Model> =>
  unwrap(c.var.api.api.admin.models[":id{.+}"].$get({ param: { id: pathParam(c, "id") } }));

/** `GET /admin/models/:id`: shows a model's prices and limits in a form. */
export const modelPage = async (c: PageContext) => await renderModel(c, await loadModel(c));

/** `POST /admin/models/:id`: updates a model. */
export async function updateModel(c: PageContext) {
  const [model, values] = [await loadModel(c), await readForm(c)];
  const json: Record<string, number | null> = {};
  for (const [field, isOptional] of FIELDS) {
    const value = parseNumber(values[field]);
    if (Number.isNaN(value) || (value === undefined && !isOptional))
      return await renderModel(c, model, {
        error: { param: field, message: c.var.words.admin.numberProblem },
        values,
      });
    json[field] = value ?? null;
  }
  try {
    const patch: Patch = json;
    await unwrap(
      c.var.api.api.admin.models[":id{.+}"].$patch({
        param: { id: pathParam(c, "id") },
        json: patch,
      }),
    );
    return c.redirect("/admin/catalog", 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    return await renderModel(c, model, { error: toFieldError(error), values });
  }
}
