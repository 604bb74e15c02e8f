import { type ApiClient, type ListItem, type SuccessBody, unwrap } from "../api.ts";
import { Notice, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { formatMoney, formatNumber } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { Table } from "../table.tsx";
import { ActionButton, readFilters, renderAdminPage } from "./admin-components.tsx";

type PushReport = SuccessBody<ApiClient["api"]["admin"]["catalog"]["push"]["$post"]>;
type Plan = ListItem<ApiClient["api"]["admin"]["plans"]["$get"]>;
type Model = ListItem<ApiClient["api"]["admin"]["models"]["$get"]>;

const PAGE_SIZE = "50";

function PushNotice({ c, pushed: { changes, problems } }: { c: PageContext; pushed: PushReport }) {
  const { admin: words } = c.var.words;
  return (
    <Notice {...(problems.length > 0 ? { kind: "bad" as const } : {})}>
      <p>{changes.length === 0 ? words.pushedSame : words.pushed(changes.length)}</p>
      <ul>
        {problems.map(({ slug, message }) => (
          <li>{words.pushedProblem(slug, message)}</li>
        ))}
        {changes.map(({ slug, object, stripeId, change }) => (
          <li>
            {slug}: {object} <code>{stripeId}</code> {change}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

/** Lists the prices of a plan in one line. */
function formatPrices(c: PageContext, plan: Plan): string {
  const { pricing } = c.var.words;
  return plan.prices
    .map(({ amountMinor, currency, interval }) => {
      const period = interval === null ? pricing.once : pricing.per[interval];
      return `${formatMoney(c, amountMinor, currency)} ${period}`;
    })
    .join(" · ");
}

function PlanTable({ c, plans }: { c: PageContext; plans: readonly Plan[] }) {
  const { admin: words, common } = c.var.words;
  return (
    <Table
      isWide
      rows={plans}
      empty={common.none}
      columns={[
        {
          head: words.planName,
          cell: ({ id, name, slug }) => (
            <>
              <a href={`/admin/plans/${id}`}>{name}</a> <code class="muted">{slug}</code>
            </>
          ),
        },
        { head: words.kind, cell: ({ kind }) => kind },
        { head: words.prices, cell: (plan) => formatPrices(c, plan) },
        { head: words.credits, cell: ({ credits }) => formatNumber(c, credits), isFigure: true },
        {
          head: words.status,
          cell: ({ isActive }) => (
            <span class={isActive ? "badge" : "badge warn"}>
              {isActive ? words.active : words.inactive}
            </span>
          ),
        },
        {
          head: words.change,
          cell: ({ id, isActive }) => (
            <ActionButton
              action={`/admin/plans/${id}/${isActive ? "deactivate" : "activate"}`}
              text={isActive ? words.deactivate : words.activate}
              kind="plain"
            />
          ),
        },
      ]}
    />
  );
}

const modelPath = (id: string): string => `/admin/models/${encodeURIComponent(id)}`;

function ModelTable({ c, models }: { c: PageContext; models: readonly Model[] }) {
  const { admin: words, common } = c.var.words;
  return (
    <Table
      isWide
      rows={models}
      empty={common.none}
      columns={[
        { head: words.models, cell: ({ id }) => <a href={modelPath(id)}>{id}</a> },
        {
          head: words.upstream,
          cell: ({ upstream, upstreamModel }) => `${upstream} · ${upstreamModel}`,
        },
        {
          head: words.inputPrice,
          cell: ({ inputPrice }) => formatNumber(c, inputPrice),
          isFigure: true,
        },
        {
          head: words.outputPrice,
          cell: ({ outputPrice }) => formatNumber(c, outputPrice),
          isFigure: true,
        },
        {
          head: words.contextLength,
          cell: ({ contextLength }) => formatNumber(c, contextLength),
          isFigure: true,
        },
        {
          head: words.status,
          cell: ({ isActive }) => (
            <span class={isActive ? "badge" : "badge warn"}>
              {isActive ? words.inUse : words.outOfUse}
            </span>
          ),
        },
        {
          head: words.change,
          cell: ({ id, isActive }) => (
            <ActionButton
              action={`${modelPath(id)}/${isActive ? "deactivate" : "activate"}`}
              text={isActive ? words.disuse : words.use}
              kind="plain"
            />
          ),
        },
      ]}
    />
  );
}

async function renderCatalog(c: PageContext, pushed?: PushReport) {
  const { admin: words } = c.var.words;
  const { admin } = c.var.api.api;
  // The cursor pages through the models. Plans are few enough for one page.
  const { cursor } = readFilters(c, "cursor");
  const [plans, models] = await Promise.all([
    unwrap(admin.plans.$get({ query: { limit: "100" } })),
    unwrap(
      admin.models.$get({
        query: { limit: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) },
      }),
    ),
  ]);
  return renderAdminPage(
    c,
    words.catalog,
    <>
      {pushed === undefined ? null : <PushNotice c={c} pushed={pushed} />}
      <div class="card">
        <p class="muted">{words.pushHint}</p>
        <ActionButton action="/admin/catalog/push" text={words.push} />
      </div>
      <h2>{words.plans}</h2>
      <PlanTable c={c} plans={plans.data} />
      <h2>{words.models}</h2>
      <ModelTable c={c} models={models.data} />
      <Pagination c={c} cursor={cursor} nextCursor={models.nextCursor} />
      <p class="muted">{words.moreByApi}</p>
    </>,
  );
}

/** `GET /admin/catalog`: shows all plans and models, active or not. */
export const catalogPage = (c: PageContext) => renderCatalog(c);

/** `POST /admin/catalog/push`: pushes the catalog to Stripe, and shows the changes. */
export const pushCatalog = async (c: PageContext) =>
  await renderCatalog(c, await unwrap(c.var.api.api.admin.catalog.push.$post()));

/** `POST /admin/plans/:id/activate` and `/deactivate` */
export const setPlanActive = (isActive: boolean) => async (c: PageContext) => {
  const param = { idOrSlug: pathParam(c, "id") };
  await unwrap(c.var.api.api.admin.plans[":idOrSlug"].$patch({ param, json: { isActive } }));
  return c.redirect("/admin/catalog", 303);
};

/** `POST /admin/models/:id/activate` and `/deactivate` */
export const setModelActive = (isActive: boolean) => async (c: PageContext) => {
  const param = { id: pathParam(c, "id") };
  await unwrap(c.var.api.api.admin.models[":id{.+}"].$patch({ param, json: { isActive } }));
  return c.redirect("/admin/catalog", 303);
};
