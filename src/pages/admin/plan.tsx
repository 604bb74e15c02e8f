import { ApiRefusal, unwrap } from "../api.ts";
import { Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { type FieldError, type RejectedForm, readForm, toFieldError } from "../form-components.tsx";
import { formatMoney } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { planLines } from "../plan-lines.ts";
import { planName } from "../plan-names.ts";
import { refusalText } from "../refusal-text.ts";
import { flash } from "../ui/flash.ts";
import { parseOneOf, renderAdminPage } from "./admin-components.tsx";
import { BasicFields, ContentFields, LimitsFields, PriceFields } from "./plan-fields.tsx";
import {
  buildPlanPatch,
  isFieldError,
  PLAN_TABS,
  type Plan,
  type PlanTab,
  toFieldName,
  toFormValues,
} from "./plan-values.ts";
import { SaleButton } from "./sale-button.tsx";

const MODELS_MAX = "100";

const loadPlan = (c: PageContext): Promise<Plan> =>
  unwrap(c.var.api.api.admin.plans[":idOrSlug"].$get({ param: { idOrSlug: pathParam(c, "id") } }));

/** A plan's card as the pricing page has it. */
function PlanPreview({ c, plan }: { c: PageContext; plan: Plan }) {
  const { admin, pricing } = c.var.words;
  const [price] = plan.prices;
  return (
    <aside class="card" aria-label={admin.shop.preview}>
      <p class="muted small">{admin.shop.preview}</p>
      <h2>
        <bdi>{planName(c, plan)}</bdi>
      </h2>
      {price === undefined ? null : (
        <p>
          <span class="figure">{formatMoney(c, price.amountMinor, price.currency)}</span>{" "}
          <span class="muted">
            {price.interval === null ? pricing.once : pricing.per[price.interval]}
          </span>
        </p>
      )}
      <ul>
        {planLines(c, plan, price).map((line) => (
          <li>{line}</li>
        ))}
      </ul>
    </aside>
  );
}

/** The links to the parts of a plan's form. */
const PlanTabs = ({ c, plan, tab }: { c: PageContext; plan: Plan; tab: PlanTab }) => {
  const { shop: words } = c.var.words.admin;
  return (
    <nav class="tabs" aria-label={planName(c, plan)}>
      {PLAN_TABS.map((one) => (
        <a
          href={`/admin/plans/${plan.id}?tab=${one}`}
          aria-current={one === tab ? "page" : undefined}
        >
          {words.tabs[one]}
        </a>
      ))}
    </nav>
  );
};

async function listModelIds(c: PageContext): Promise<string[]> {
  const { data } = await unwrap(c.var.api.api.admin.models.$get({ query: { limit: MODELS_MAX } }));
  return data.map(({ id }) => id);
}

async function renderPlan(c: PageContext, plan: Plan, tab: PlanTab, rejected?: RejectedForm) {
  const { admin, common } = c.var.words;
  const values = rejected?.values ?? toFormValues(plan);
  const errorFor = (field: string) =>
    rejected?.error.param === field ? rejected.error.message : undefined;
  const props = { c, plan, values, errorFor };
  const isFieldShown = [...Object.keys(values), "models"].includes(rejected?.error.param ?? "");
  return await renderAdminPage(
    c,
    planName(c, plan),
    <>
      <PlanTabs c={c} plan={plan} tab={tab} />
      <div class="editor">
        <form method="post" action={`/admin/plans/${plan.id}?tab=${tab}`} class="card">
          {rejected === undefined || isFieldShown ? null : (
            <Notice kind="bad">{rejected.error.message}</Notice>
          )}
          {tab === "basics" ? <BasicFields {...props} /> : null}
          {tab === "prices" ? <PriceFields {...props} /> : null}
          {tab === "limits" ? <LimitsFields {...props} /> : null}
          {tab === "content" ? <ContentFields {...props} modelIds={await listModelIds(c)} /> : null}
          <p>
            <button type="submit">{common.save}</button>
          </p>
        </form>
        <div>
          <PlanPreview c={c} plan={plan} />
          <SaleButton c={c} plan={plan} />
        </div>
      </div>
    </>,
    rejected === undefined ? 200 : 400,
    { href: "/admin/catalog", text: admin.shop.back },
  );
}

const readTab = (c: PageContext): PlanTab => parseOneOf(PLAN_TABS, c.req.query("tab")) ?? "basics";

/** `GET /admin/plans/:id?tab=`: shows a part of a plan in a form, beside the plan's card. */
export const planPage = async (c: PageContext) =>
  await renderPlan(c, await loadPlan(c), readTab(c));

/** `POST /admin/plans/:id?tab=`: updates a part of a plan. */
export async function updatePlan(c: PageContext) {
  const [plan, values, tab] = [await loadPlan(c), await readForm(c), readTab(c)];
  const reject = (error: FieldError) => renderPlan(c, plan, tab, { error, values });
  const patch = buildPlanPatch(plan, tab, values, c.var.words.admin.shop);
  if (isFieldError(patch)) return await reject(patch);
  try {
    const param = { idOrSlug: plan.id };
    const updated = await unwrap(
      c.var.api.api.admin.plans[":idOrSlug"].$patch({ param, json: patch }),
    );
    flash(c, "catalogSaved", planName(c, updated));
    return c.redirect(`/admin/plans/${plan.id}?tab=${tab}`, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    const { param } = toFieldError(error);
    return await reject({ param: toFieldName(param), message: refusalText(c, error) });
  }
}
