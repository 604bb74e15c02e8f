import { ApiRefusal, unwrap } from "../api.ts";
import { Field, Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { type RejectedForm, readForm, Select, toFieldError } from "../form-components.tsx";
import { refusalText } from "../refusal-text.ts";
import { flash } from "../ui/flash.ts";
import { parseOneOf, renderAdminPage } from "./admin-components.tsx";

const PLAN_KINDS = ["subscription", "one_time", "free", "custom"] as const;

function renderNewPlan(c: PageContext, rejected?: RejectedForm) {
  const { shop: words } = c.var.words.admin;
  const errorFor = (field: string) =>
    rejected?.error.param === field ? rejected.error.message : undefined;
  const isFieldShown = ["name", "slug", "kind"].includes(rejected?.error.param ?? "");
  return renderAdminPage(
    c,
    words.newPlan,
    <form method="post" action="/admin/plans" class="card">
      {rejected === undefined || isFieldShown ? null : (
        <Notice kind="bad">{rejected.error.message}</Notice>
      )}
      <p class="muted">{words.created}</p>
      <Field
        name="name"
        label={words.name}
        value={rejected?.values["name"]}
        error={errorFor("name")}
        required
      />
      <Field
        name="slug"
        label={words.slug}
        hint={words.slugHint}
        value={rejected?.values["slug"]}
        error={errorFor("slug")}
        required
      />
      <Select
        name="kind"
        label={words.kind}
        value={rejected?.values["kind"] ?? "subscription"}
        options={PLAN_KINDS.map((kind) => [kind, words.kinds[kind]])}
        error={errorFor("kind")}
      />
      <button type="submit">{words.newPlan}</button>
    </form>,
    rejected === undefined ? 200 : 400,
    { href: "/admin/catalog", text: words.back },
  );
}

/** `GET /admin/new-plan`: shows the form that creates a plan. */
export const newPlanPage = (c: PageContext) => renderNewPlan(c);

/** `POST /admin/plans`: creates a plan, off sale, and leads to its prices. */
export async function createPlan(c: PageContext) {
  const values = await readForm(c);
  const { name = "", slug = "" } = values;
  const kind = parseOneOf(PLAN_KINDS, values["kind"]) ?? "subscription";
  try {
    const json = { name, slug, kind, isActive: false };
    const plan = await unwrap(c.var.api.api.admin.plans.$post({ json }));
    flash(c, "planCreated", plan.name);
    return c.redirect(`/admin/plans/${plan.id}?tab=prices`, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    const { param } = toFieldError(error);
    return await renderNewPlan(c, { error: { param, message: refusalText(c, error) }, values });
  }
}
