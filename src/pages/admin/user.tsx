import { type ApiClient, ApiRefusal, type ListItem, type SuccessBody, unwrap } from "../api.ts";
import { Field, Notice, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import {
  IdempotencyField,
  idempotencyHeader,
  type Options,
  type RejectedForm,
  readForm,
  Select,
  toFieldError,
} from "../form-components.tsx";
import { formatMoney, formatNumber, formatTime } from "../format.ts";
import { parseNumber } from "../parse-input.ts";
import { pathParam } from "../path-param.ts";
import { Table } from "../table.tsx";
import { FactList, parseOneOf, readFilters, renderAdminPage } from "./admin-components.tsx";
import { ROLES } from "./users.tsx";

type User = SuccessBody<ApiClient["api"]["admin"]["users"][":userId"]["$get"]>;
type Grant = ListItem<ApiClient["api"]["admin"]["users"][":userId"]["grants"]["$get"]>;
type Order = ListItem<ApiClient["api"]["admin"]["orders"]["$get"]>;

const GRANTS_PAGE_SIZE = "10";
const ORDERS_PAGE_SIZE = "10";

function AccountCards({ c, user }: { c: PageContext; user: User }) {
  const { admin: words, common, pricing } = c.var.words;
  if (user.account === null) return <Notice kind="warn">{words.noAccount}</Notice>;
  const { credits, meters } = user.account;
  const names: ReadonlyMap<string, string> = new Map(Object.entries(pricing.meters));
  return (
    <div class="grid">
      <section class="card">
        <h2>{words.balance}</h2>
        <span class="figure">{formatNumber(c, credits.available)}</span>
        <FactList
          facts={[
            [words.posted, formatNumber(c, credits.posted)],
            [words.held, formatNumber(c, credits.held)],
          ]}
        />
      </section>
      <section class="card">
        <h2>{words.meters}</h2>
        <FactList
          facts={Object.entries(meters).map(([meter, usage]) => [
            names.get(meter) ?? meter,
            usage === undefined
              ? null
              : usage.limit === null
                ? common.unlimited(formatNumber(c, usage.used))
                : common.of(formatNumber(c, usage.used), formatNumber(c, usage.limit)),
          ])}
        />
      </section>
    </div>
  );
}

function SubscriptionTable({ c, user }: { c: PageContext; user: User }) {
  const { admin: words } = c.var.words;
  if (user.subscriptions.length === 0) return null;
  return (
    <>
      <h2>{words.subscriptionsOf}</h2>
      <Table
        isWide
        rows={user.subscriptions}
        columns={[
          { head: words.subject, cell: ({ id }) => <code>{id}</code> },
          { head: words.plan, cell: ({ planId }) => <code>{planId}</code> },
          { head: words.status, cell: ({ status }) => status },
          {
            head: words.renews,
            cell: ({ currentPeriodEnd, cancelAtPeriodEnd }) => (
              <>
                {formatTime(c, currentPeriodEnd)}{" "}
                {cancelAtPeriodEnd ? <span class="badge warn">{words.canceling}</span> : null}
              </>
            ),
          },
        ]}
      />
    </>
  );
}

function GrantTable({ c, grants }: { c: PageContext; grants: readonly Grant[] }) {
  const { admin: words, common, credits } = c.var.words;
  return (
    <Table
      isWide
      rows={grants}
      empty={common.none}
      columns={[
        {
          head: words.when,
          cell: ({ createdAt }) => (createdAt === null ? "" : formatTime(c, createdAt)),
        },
        {
          head: words.reason,
          cell: ({ reason, frozen, voided }) => (
            <>
              {reason} {frozen ? <span class="badge warn">{credits.frozen}</span> : null}
              {voided > 0 ? <span class="badge bad">{credits.back}</span> : null}
            </>
          ),
        },
        { head: words.left, cell: ({ remaining }) => formatNumber(c, remaining), isFigure: true },
        { head: words.credits, cell: ({ amount }) => formatNumber(c, amount), isFigure: true },
        {
          head: words.expires,
          cell: ({ expiresAt }) => (expiresAt === null ? words.never : formatTime(c, expiresAt)),
        },
      ]}
    />
  );
}

/** A table of a user's orders. */
function OrderTable({ c, orders }: { c: PageContext; orders: readonly Order[] }) {
  const { admin: words, common } = c.var.words;
  return (
    <Table
      isWide
      rows={orders}
      empty={common.none}
      columns={[
        {
          head: words.when,
          cell: ({ id, createdAt }) => (
            <a href={`/admin/orders/${id}`}>{formatTime(c, createdAt)}</a>
          ),
        },
        { head: words.what, cell: ({ title }) => title },
        { head: words.kind, cell: ({ kind }) => words.kinds[kind] },
        { head: words.status, cell: ({ status }) => words.orderStatuses[status] },
        {
          head: words.amount,
          cell: ({ amountMinor, currency }) => formatMoney(c, amountMinor, currency),
          isFigure: true,
        },
        {
          head: words.back,
          cell: ({ refundedMinor, currency }) =>
            refundedMinor === 0 ? "" : formatMoney(c, refundedMinor, currency),
          isFigure: true,
        },
      ]}
    />
  );
}

function UserForms({
  c,
  user,
  plans,
  rejected,
}: {
  c: PageContext;
  user: User;
  plans: Options;
  rejected: RejectedForm | undefined;
}) {
  const { admin: words } = c.var.words;
  const errorFor = (param: string) =>
    rejected?.error.param === param ? rejected.error.message : undefined;
  const { credits, reason, expires } = rejected?.values ?? {};
  const path = `/admin/users/${user.id}`;
  return (
    <div class="grid">
      <form method="post" action={`${path}/credits`} class="card">
        <h2>{words.giveTitle}</h2>
        <IdempotencyField />
        <Field
          name="credits"
          label={words.credits}
          hint={words.creditsHint}
          value={credits}
          error={errorFor("credits")}
          required
        />
        <Field
          name="reason"
          label={words.reason}
          value={reason}
          error={errorFor("reason")}
          required
        />
        <Field
          name="expires"
          type="date"
          label={words.expiresOptional}
          value={expires}
          error={errorFor("expiresAt")}
        />
        <button type="submit">{words.give}</button>
      </form>
      <form method="post" action={`${path}/plan`} class="card">
        <h2>{words.agreedTitle}</h2>
        <Select
          name="planId"
          label={words.plan}
          hint={words.agreedHint}
          value={user.assignedPlanId ?? ""}
          options={[["", words.agreedNone], ...plans]}
          error={errorFor("planId")}
        />
        <button type="submit">{words.change}</button>
      </form>
      <form method="post" action={`${path}/role`} class="card">
        <h2>{words.roleTitle}</h2>
        <Select
          name="role"
          label={words.role}
          hint={words.roleHint}
          value={user.role}
          options={ROLES.map((role) => [role, words.roles[role]])}
          error={errorFor("role")}
        />
        <button type="submit">{words.change}</button>
      </form>
    </div>
  );
}

/** Lists the custom plans on sale, and the plan that is assigned to the user. */
async function listCustomPlans(c: PageContext, assignedPlanId: string | null): Promise<Options> {
  const { data } = await unwrap(c.var.api.api.admin.plans.$get({ query: { limit: "100" } }));
  return data
    .filter((plan) => (plan.kind === "custom" && plan.isActive) || plan.id === assignedPlanId)
    .map((plan) => [plan.id, plan.name]);
}

async function renderUser(c: PageContext, rejected?: RejectedForm) {
  const { admin: words } = c.var.words;
  const { admin } = c.var.api.api;
  const userId = pathParam(c, "id");
  const { cursor } = readFilters(c, "cursor");
  const user = await unwrap(admin.users[":userId"].$get({ param: { userId } }));
  const query = { limit: GRANTS_PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) };
  const [grants, orders, plans] = await Promise.all([
    unwrap(admin.users[":userId"].grants.$get({ param: { userId }, query })),
    unwrap(admin.orders.$get({ query: { userId, limit: ORDERS_PAGE_SIZE } })),
    listCustomPlans(c, user.assignedPlanId),
  ]);
  const formFields = ["credits", "reason", "expiresAt", "planId", "role"];
  return renderAdminPage(
    c,
    user.email,
    <>
      {rejected === undefined || formFields.includes(rejected.error.param) ? null : (
        <Notice kind="bad">{rejected.error.message}</Notice>
      )}
      <FactList
        facts={[
          ["ID", <code>{user.id}</code>],
          [words.name, user.name],
          [words.role, words.roles[user.role]],
          [words.plan, user.plan.name],
          [words.signedUp, formatTime(c, user.createdAt)],
          [
            words.firstPaid,
            user.firstPaidAt === null ? words.never : formatTime(c, user.firstPaidAt),
          ],
        ]}
      />
      <AccountCards c={c} user={user} />
      <UserForms c={c} user={user} plans={plans} rejected={rejected} />
      <SubscriptionTable c={c} user={user} />
      <h2>
        <a href={`/admin/orders?userId=${user.id}`}>{words.orders}</a>
      </h2>
      <OrderTable c={c} orders={orders.data} />
      <h2>{words.grants}</h2>
      <GrantTable c={c} grants={grants.data} />
      <Pagination c={c} cursor={cursor} nextCursor={grants.nextCursor} />
      <p>
        <a href={`/admin/audit?userId=${user.id}`}>{words.history}</a>
      </p>
    </>,
    rejected === undefined ? 200 : 400,
  );
}

/** `GET /admin/users/:id`: shows a user's account, orders and grants. */
export const userPage = (c: PageContext) => renderUser(c);

/** Sends a change of a user and goes back to their page. A refusal is shown beside its field. */
async function updateUser(
  c: PageContext,
  values: RejectedForm["values"],
  request: () => Promise<unknown>,
) {
  try {
    await request();
    return c.redirect(`/admin/users/${pathParam(c, "id")}`, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.status === 404) throw error;
    return await renderUser(c, { error: toFieldError(error), values });
  }
}

/**
 * `POST /admin/users/:id/credits`: grants credits, or deducts them where the number is below 0. A
 * form that is sent twice does so once.
 */
export async function grantCredits(c: PageContext) {
  const values = await readForm(c);
  const credits = parseNumber(values["credits"]);
  if (credits === undefined || Number.isNaN(credits))
    return await renderUser(c, {
      error: { message: c.var.words.admin.numberProblem, param: "credits" },
      values,
    });
  const expiresAt =
    values["expires"] === undefined || values["expires"] === ""
      ? {}
      : { expiresAt: `${values["expires"]}T23:59:59Z` };
  const json = { credits, reason: values["reason"] ?? "", ...expiresAt };
  const { grants } = c.var.api.api.admin.users[":userId"];
  return await updateUser(c, values, () =>
    unwrap(
      grants.$post(
        { param: { userId: pathParam(c, "id") }, json },
        idempotencyHeader(values["once"]),
      ),
    ),
  );
}

/** `POST /admin/users/:id/role`: changes a user's role. */
export async function updateRole(c: PageContext) {
  const values = await readForm(c);
  const role = parseOneOf(ROLES, values["role"]);
  return await updateUser(c, values, () =>
    unwrap(
      c.var.api.api.admin.users[":userId"].$patch({
        param: { userId: pathParam(c, "id") },
        json: { role },
      }),
    ),
  );
}

/**
 * `POST /admin/users/:id/plan`: assigns a custom plan. Without one, the user has the plan that they
 * bought.
 */
export async function assignPlan(c: PageContext) {
  const values = await readForm(c);
  const planId =
    values["planId"] === undefined || values["planId"] === "" ? null : values["planId"];
  return await updateUser(c, values, () =>
    unwrap(
      c.var.api.api.admin.users[":userId"].$patch({
        param: { userId: pathParam(c, "id") },
        json: { planId },
      }),
    ),
  );
}
