import { type ApiClient, type ListItem, type SuccessBody, unwrap } from "../api.ts";
import { Notice, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { formatMoney, formatNumber } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { planName } from "../plan-names.ts";
import { stripeHref } from "../stripe-href.ts";
import { Table } from "../table.tsx";
import { Confirm } from "../ui/confirm.tsx";
import { flash } from "../ui/flash.ts";
import { ActionButton, readFilters, renderAdminPage } from "./admin-components.tsx";
import { RowMenu } from "./row-menu.tsx";
import { SaleButton } from "./sale-button.tsx";

type PushReport = SuccessBody<ApiClient["api"]["admin"]["catalog"]["push"]["$post"]>;
type Plan = ListItem<ApiClient["api"]["admin"]["plans"]["$get"]>;
type Model = ListItem<ApiClient["api"]["admin"]["models"]["$get"]>;

const PAGE_SIZE = "50";

function PushNotice({ c, pushed: { changes, problems } }: { c: PageContext; pushed: PushReport }) {
  const { shop: words } = c.var.words.admin;
  return (
    <Notice kind={problems.length > 0 ? "bad" : "good"}>
      <p>{changes.length === 0 ? words.pushedSame : words.pushed(changes.length)}</p>
      <ul>
        {problems.map(({ slug, message }) => (
          <li>
            {slug}: {message}
          </li>
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

/** Returns whether Stripe has a plan and its prices: one that is not sold needs none there. */
const isInStripe = ({ isActive, prices, stripeProductId }: Plan): boolean =>
  !isActive ||
  prices.length === 0 ||
  (stripeProductId !== null && prices.every(({ stripePriceId }) => stripePriceId !== null));

/** Says whether Stripe has the whole catalog, with the button that brings it there. */
function StripeStatus({ c, plans }: { c: PageContext; plans: readonly Plan[] }) {
  const { shop: words } = c.var.words.admin;
  const missing = plans.filter((plan) => !isInStripe(plan)).length;
  return (
    <div class="spread">
      <p class={missing === 0 ? "muted" : undefined}>
        {missing === 0 ? words.allInStripe : words.missingInStripe(missing)}
      </p>
      <ActionButton action="/admin/catalog/push" text={words.push} kind="plain" />
    </div>
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
  const { admin, common } = c.var.words;
  const { shop: words, lists } = admin;
  return (
    <Table
      fits
      rows={plans}
      empty={common.none}
      columns={[
        {
          head: words.name,
          cell: ({ id, name, names, kind }) => (
            <>
              <a href={`/admin/plans/${id}`}>
                <bdi>{planName(c, { name, names })}</bdi>
              </a>
              <div class="muted small">{words.kinds[kind]}</div>
            </>
          ),
          isRowHead: true,
        },
        { head: words.tabs.prices, cell: (plan) => formatPrices(c, plan), isMinor: true },
        {
          head: words.credits,
          cell: ({ credits }) => (credits === 0 ? null : formatNumber(c, credits)),
          isFigure: true,
          isMinor: true,
        },
        {
          head: admin.status,
          cell: (plan) => (
            <>
              <span class={plan.isActive ? "badge good" : "badge"}>
                {plan.isActive ? words.onSale : words.offSale}
              </span>{" "}
              {isInStripe(plan) ? null : <span class="badge warn">{words.notInStripe}</span>}
            </>
          ),
        },
        {
          head: admin.change,
          isHeadHidden: true,
          cell: (plan) => <SaleButton c={c} plan={plan} />,
          isMinor: true,
        },
        {
          head: lists.more,
          isHeadHidden: true,
          cell: ({ id, slug, stripeProductId }) => (
            <RowMenu c={c} ids={[id, slug]} stripe={stripeHref(c, stripeProductId)} />
          ),
        },
      ]}
    />
  );
}

const modelPath = (id: string): string => `/admin/models/${encodeURIComponent(id)}`;

function ModelButton({ c, model: { id, isActive } }: { c: PageContext; model: Model }) {
  const { shop: words } = c.var.words.admin;
  return isActive ? (
    <Confirm
      c={c}
      action={`${modelPath(id)}/deactivate`}
      label={words.disable}
      question={words.disableQuestion(id)}
    />
  ) : (
    <ActionButton action={`${modelPath(id)}/activate`} text={words.enable} kind="plain" />
  );
}

function ModelTable({ c, models }: { c: PageContext; models: readonly Model[] }) {
  const { admin, common } = c.var.words;
  const { shop: words } = admin;
  return (
    <Table
      fits
      rows={models}
      empty={common.none}
      columns={[
        {
          head: words.modelId,
          cell: ({ id, upstream, upstreamModel }) => (
            <>
              <a href={modelPath(id)}>{id}</a>
              <div class="muted small">
                {upstream} · {upstreamModel}
              </div>
            </>
          ),
          isRowHead: true,
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
          isMinor: true,
        },
        {
          head: admin.status,
          cell: ({ isActive }) => (
            <span class={isActive ? "badge good" : "badge"}>
              {isActive ? words.enabled : words.disabled}
            </span>
          ),
        },
        {
          head: admin.change,
          isHeadHidden: true,
          cell: (model) => <ModelButton c={c} model={model} />,
          isMinor: true,
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
  const query = { limit: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) };
  const [plans, models] = await Promise.all([
    unwrap(admin.plans.$get({ query: { limit: "100" } })),
    unwrap(admin.models.$get({ query })),
  ]);
  return renderAdminPage(
    c,
    words.catalog,
    <>
      {pushed === undefined ? null : <PushNotice c={c} pushed={pushed} />}
      <StripeStatus c={c} plans={plans.data} />
      <div class="spread">
        <h2>{words.plans}</h2>
        <a class="button" href="/admin/new-plan">
          {words.shop.newPlan}
        </a>
      </div>
      <PlanTable c={c} plans={plans.data} />
      <div class="spread">
        <h2>{words.models}</h2>
        <a class="button plain" href="/admin/new-model">
          {words.shop.newModel}
        </a>
      </div>
      <p class="muted">{words.shop.priceHeading}</p>
      <ModelTable c={c} models={models.data} />
      <Pagination c={c} cursor={cursor} nextCursor={models.nextCursor} path="/admin/catalog" />
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
  const plan = await unwrap(
    c.var.api.api.admin.plans[":idOrSlug"].$patch({ param, json: { isActive } }),
  );
  flash(c, isActive ? "onSale" : "offSale", planName(c, plan));
  return c.redirect("/admin/catalog", 303);
};

/** `POST /admin/models/:id/activate` and `/deactivate` */
export const setModelActive = (isActive: boolean) => async (c: PageContext) => {
  const param = { id: pathParam(c, "id") };
  const model = await unwrap(
    c.var.api.api.admin.models[":id{.+}"].$patch({ param, json: { isActive } }),
  );
  flash(c, isActive ? "modelOn" : "modelOff", model.id);
  return c.redirect("/admin/catalog", 303);
};
