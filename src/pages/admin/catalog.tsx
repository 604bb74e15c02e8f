import type { InferResponseType } from "hono/client";
import { type ApiClient, said } from "../api.ts";
import type { PageContext } from "../context.ts";
import { figure, money } from "../format.ts";
import { Notice, Pages } from "../parts.tsx";
import { pathParam } from "../path-param.ts";
import { filtersOf, Press, showAdmin, Table } from "./admin-parts.tsx";

type Good<T> = Exclude<T, { error: unknown }>;
type Pushed = Good<InferResponseType<ApiClient["api"]["admin"]["catalog"]["push"]["$post"]>>;
type Plan = Good<InferResponseType<ApiClient["api"]["admin"]["plans"]["$get"]>>["data"][number];
type Model = Good<InferResponseType<ApiClient["api"]["admin"]["models"]["$get"]>>["data"][number];

const SHOWN = "50";

function PushResult({ c, pushed: { changes, problems } }: { c: PageContext; pushed: Pushed }) {
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

/** What a plan costs, price by price. */
function pricesOf(c: PageContext, plan: Plan): string {
  const { pricing } = c.var.words;
  return plan.prices
    .map(
      (price) =>
        `${money(c, price.amountMinor, price.currency)} ${price.interval === null ? pricing.once : pricing.per[price.interval]}`,
    )
    .join(" · ");
}

function Plans({ c, plans }: { c: PageContext; plans: readonly Plan[] }) {
  const { admin: words } = c.var.words;
  return (
    <Table
      c={c}
      columns={[
        words.planName,
        words.kind,
        words.prices,
        { figures: words.credits },
        words.status,
        words.change,
      ]}
      rows={plans.map((plan) => [
        <>
          <a href={`/admin/plans/${plan.id}`}>{plan.name}</a> <code class="muted">{plan.slug}</code>
        </>,
        plan.kind,
        pricesOf(c, plan),
        figure(c, plan.credits),
        <span class={plan.isActive ? "badge" : "badge warn"}>
          {plan.isActive ? words.active : words.inactive}
        </span>,
        <Press
          action={`/admin/plans/${plan.id}/${plan.isActive ? "deactivate" : "activate"}`}
          text={plan.isActive ? words.deactivate : words.activate}
          kind="plain"
        />,
      ])}
    />
  );
}

function Models({ c, models }: { c: PageContext; models: readonly Model[] }) {
  const { admin: words } = c.var.words;
  return (
    <Table
      c={c}
      columns={[
        words.models,
        words.upstream,
        { figures: words.inputPrice },
        { figures: words.outputPrice },
        { figures: words.contextLength },
        words.status,
        words.change,
      ]}
      rows={models.map((model) => [
        <a href={`/admin/models/${encodeURIComponent(model.id)}`}>{model.id}</a>,
        `${model.upstream} · ${model.upstreamModel}`,
        figure(c, model.inputPrice),
        figure(c, model.outputPrice),
        figure(c, model.contextLength),
        <span class={model.isActive ? "badge" : "badge warn"}>
          {model.isActive ? words.inUse : words.outOfUse}
        </span>,
        <Press
          action={`/admin/models/${encodeURIComponent(model.id)}/${model.isActive ? "deactivate" : "activate"}`}
          text={model.isActive ? words.disuse : words.use}
          kind="plain"
        />,
      ])}
    />
  );
}

async function showCatalog(c: PageContext, pushed?: Pushed) {
  const { admin: words } = c.var.words;
  const { admin } = c.var.api.api;
  // Models are gone through by the cursor; plans are few.
  const { cursor } = filtersOf(c, "cursor");
  const [plans, models] = await Promise.all([
    said(admin.plans.$get({ query: { limit: "100" } })),
    said(
      admin.models.$get({ query: { limit: SHOWN, ...(cursor === undefined ? {} : { cursor }) } }),
    ),
  ]);
  return showAdmin(
    c,
    words.catalog,
    <>
      {pushed === undefined ? null : <PushResult c={c} pushed={pushed} />}
      <div class="card">
        <p class="muted">{words.pushHint}</p>
        <Press action="/admin/catalog/push" text={words.push} />
      </div>
      <h2>{words.plans}</h2>
      <Plans c={c} plans={plans.data} />
      <h2>{words.models}</h2>
      <Models c={c} models={models.data} />
      <Pages c={c} cursor={cursor} nextCursor={models.nextCursor} />
      <p class="muted">{words.moreByApi}</p>
    </>,
  );
}

/** `GET /admin/catalog`: plans and models, on sale or not. */
export const catalogPage = (c: PageContext) => showCatalog(c);

/** `POST /admin/catalog/push`: has Stripe hold the catalog, and shows what that changed. */
export const pushCatalog = async (c: PageContext) =>
  await showCatalog(c, await said(c.var.api.api.admin.catalog.push.$post()));

/** `POST /admin/plans/:id/activate` and `/deactivate` */
export const sellPlan = (isActive: boolean) => async (c: PageContext) => {
  const param = { idOrSlug: pathParam(c, "id") };
  await said(c.var.api.api.admin.plans[":idOrSlug"].$patch({ param, json: { isActive } }));
  return c.redirect("/admin/catalog", 303);
};

/** `POST /admin/models/:id/activate` and `/deactivate` */
export const useModel = (isActive: boolean) => async (c: PageContext) => {
  const param = { id: pathParam(c, "id") };
  await said(c.var.api.api.admin.models[":id{.+}"].$patch({ param, json: { isActive } }));
  return c.redirect("/admin/catalog", 303);
};
