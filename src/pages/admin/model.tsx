import type { InferRequestType, InferResponseType } from "hono/client";
import { type ApiClient, ApiRefusal, said } from "../api.ts";
import type { PageContext } from "../context.ts";
import { typedIn } from "../form-parts.tsx";
import { Field, Notice } from "../parts.tsx";
import { pathParam } from "../path-param.ts";
import { typedNumber } from "../typed.ts";
import { Facts, showAdmin } from "./admin-parts.tsx";

type Route = ApiClient["api"]["admin"]["models"][":id{.+}"];
type Model = Exclude<InferResponseType<Route["$get"]>, { error: unknown }>;
type Patch = InferRequestType<Route["$patch"]>["json"];
type Typed = Readonly<Record<string, string>>;

/** The fields, and whether they may be empty. */
const FIELDS = [
  ["inputPrice", false],
  ["cachedInputPrice", true],
  ["outputPrice", false],
  ["contextLength", false],
  ["maxOutputTokens", true],
] as const;

interface Wrong {
  readonly param: string;
  readonly message: string;
}

async function showModel(
  c: PageContext,
  model: Model,
  again?: { readonly wrong: Wrong; readonly typed: Typed },
) {
  const { admin: words, common } = c.var.words;
  const valueOf = (field: (typeof FIELDS)[number][0]): string =>
    again === undefined ? String(model[field] ?? "") : (again.typed[field] ?? "");
  const known = FIELDS.some(([field]) => field === again?.wrong.param);
  return await showAdmin(
    c,
    model.id,
    <form method="post" action={`/admin/models/${encodeURIComponent(model.id)}`} class="card">
      {again === undefined || known ? null : <Notice kind="bad">{again.wrong.message}</Notice>}
      <Facts
        facts={[
          [words.upstream, model.upstream],
          [words.upstreamModel, model.upstreamModel],
        ]}
      />
      {FIELDS.map(([field, mayBeEmpty]) => (
        <Field
          name={field}
          label={words[field]}
          value={valueOf(field)}
          problem={again?.wrong.param === field ? again.wrong.message : undefined}
          required={!mayBeEmpty}
        />
      ))}
      <p>
        <button type="submit">{common.save}</button>
      </p>
    </form>,
    again === undefined ? 200 : 400,
  );
}

const findModel = (c: PageContext): Promise<Model> =>
  said(c.var.api.api.admin.models[":id{.+}"].$get({ param: { id: pathParam(c, "id") } }));

/** `GET /admin/models/:id` */
export const modelPage = async (c: PageContext) => await showModel(c, await findModel(c));

/** `POST /admin/models/:id` */
export async function changeModel(c: PageContext) {
  const [model, typed] = [await findModel(c), await typedIn(c)];
  const json: Record<string, number | null> = {};
  for (const [field, mayBeEmpty] of FIELDS) {
    const value = typedNumber(typed[field]);
    if (Number.isNaN(value) || (value === undefined && !mayBeEmpty))
      return await showModel(c, model, {
        wrong: { param: field, message: c.var.words.admin.numberProblem },
        typed,
      });
    json[field] = value ?? null;
  }
  try {
    const patch: Patch = json;
    await said(
      c.var.api.api.admin.models[":id{.+}"].$patch({
        param: { id: pathParam(c, "id") },
        json: patch,
      }),
    );
    return c.redirect("/admin/catalog", 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    return await showModel(c, model, {
      wrong: { param: error.error.param ?? "", message: error.message },
      typed,
    });
  }
}
