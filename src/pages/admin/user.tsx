import type { InferResponseType } from "hono/client";
import { type ApiClient, ApiRefusal, said } from "../api.ts";
import type { PageContext } from "../context.ts";
import { Once, type Options, onceOf, Select, typedIn } from "../form-parts.tsx";
import { figure, moment, money } from "../format.ts";
import { Field, Notice, Pages } from "../parts.tsx";
import { pathParam } from "../path-param.ts";
import { typedNumber } from "../typed.ts";
import { Facts, filtersOf, oneOf, showAdmin, Table } from "./admin-parts.tsx";
import { ROLES } from "./users.tsx";

type Good<T> = Exclude<T, { error: unknown }>;
type User = Good<InferResponseType<ApiClient["api"]["admin"]["users"][":userId"]["$get"]>>;
type Grants = Good<
  InferResponseType<ApiClient["api"]["admin"]["users"][":userId"]["grants"]["$get"]>
>;
type Orders = Good<InferResponseType<ApiClient["api"]["admin"]["orders"]["$get"]>>["data"];

const GRANTS = "10";
const ORDERS = "10";

/** What did not do, and what was typed. */
interface Again {
  readonly problem: { readonly message: string; readonly param: string };
  readonly typed: Readonly<Record<string, string>>;
}

function Account({ c, user }: { c: PageContext; user: User }) {
  const { admin: words, common, pricing } = c.var.words;
  if (user.account === null) return <Notice kind="warn">{words.noAccount}</Notice>;
  const { credits, meters } = user.account;
  const names: ReadonlyMap<string, string> = new Map(Object.entries(pricing.meters));
  return (
    <div class="grid">
      <section class="card">
        <h2>{words.balance}</h2>
        <span class="figure">{figure(c, credits.available)}</span>
        <Facts
          facts={[
            [words.posted, figure(c, credits.posted)],
            [words.held, figure(c, credits.held)],
          ]}
        />
      </section>
      <section class="card">
        <h2>{words.meters}</h2>
        <Facts
          facts={Object.entries(meters).map(([meter, { used, limit }]) => [
            names.get(meter) ?? meter,
            limit === null
              ? common.unlimited(figure(c, used))
              : common.of(figure(c, used), figure(c, limit)),
          ])}
        />
      </section>
    </div>
  );
}

function Subscriptions({ c, user }: { c: PageContext; user: User }) {
  const { admin: words } = c.var.words;
  if (user.subscriptions.length === 0) return null;
  return (
    <>
      <h2>{words.subscriptionsOf}</h2>
      <Table
        c={c}
        columns={[words.subject, words.plan, words.status, words.renews]}
        rows={user.subscriptions.map((one) => [
          <code>{one.id}</code>,
          <code>{one.planId}</code>,
          one.status,
          <>
            {moment(c, one.currentPeriodEnd)}{" "}
            {one.cancelAtPeriodEnd ? <span class="badge warn">{words.canceling}</span> : null}
          </>,
        ])}
      />
    </>
  );
}

function GrantTable({ c, grants }: { c: PageContext; grants: Grants["data"] }) {
  const { admin: words, credits } = c.var.words;
  return (
    <Table
      c={c}
      columns={[
        words.when,
        words.reason,
        { figures: words.left },
        { figures: words.credits },
        words.expires,
      ]}
      rows={grants.map((grant) => [
        grant.createdAt === null ? "" : moment(c, grant.createdAt),
        <>
          {grant.reason} {grant.frozen ? <span class="badge warn">{credits.frozen}</span> : null}
          {grant.voided > 0 ? <span class="badge bad">{credits.back}</span> : null}
        </>,
        figure(c, grant.remaining),
        figure(c, grant.amount),
        grant.expiresAt === null ? words.never : moment(c, grant.expiresAt),
      ])}
    />
  );
}

/** A user's sales, with what each came to. */
function OrderTable({ c, orders }: { c: PageContext; orders: Orders }) {
  const { admin: words } = c.var.words;
  return (
    <Table
      c={c}
      columns={[
        words.when,
        words.what,
        words.kind,
        words.status,
        { figures: words.amount },
        { figures: words.back },
      ]}
      rows={orders.map((order) => [
        <a href={`/admin/orders/${order.id}`}>{moment(c, order.createdAt)}</a>,
        order.title,
        words.kinds[order.kind],
        words.orderStatuses[order.status],
        money(c, order.amountMinor, order.currency),
        order.refundedMinor === 0 ? "" : money(c, order.refundedMinor, order.currency),
      ])}
    />
  );
}

function Forms({
  c,
  user,
  plans,
  again,
}: {
  c: PageContext;
  user: User;
  plans: Options;
  again: Again | undefined;
}) {
  const { admin: words } = c.var.words;
  const wrong = (param: string) =>
    again?.problem.param === param ? again.problem.message : undefined;
  const { credits, reason, expires } = again?.typed ?? {};
  const path = `/admin/users/${user.id}`;
  return (
    <div class="grid">
      <form method="post" action={`${path}/credits`} class="card">
        <h2>{words.giveTitle}</h2>
        <Once />
        <Field
          name="credits"
          label={words.credits}
          hint={words.creditsHint}
          value={credits}
          problem={wrong("credits")}
          required
        />
        <Field
          name="reason"
          label={words.reason}
          value={reason}
          problem={wrong("reason")}
          required
        />
        <Field
          name="expires"
          type="date"
          label={words.expiresOptional}
          value={expires}
          problem={wrong("expiresAt")}
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
          problem={wrong("planId")}
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
          problem={wrong("role")}
        />
        <button type="submit">{words.change}</button>
      </form>
    </div>
  );
}

/** The plans that can be agreed by hand, and the one that is. */
async function customPlans(c: PageContext, agreedId: string | null): Promise<Options> {
  const { data } = await said(c.var.api.api.admin.plans.$get({ query: { limit: "100" } }));
  return data
    .filter((plan) => (plan.kind === "custom" && plan.isActive) || plan.id === agreedId)
    .map((plan) => [plan.id, plan.name]);
}

async function showUser(c: PageContext, again?: Again) {
  const { admin: words } = c.var.words;
  const { admin } = c.var.api.api;
  const userId = pathParam(c, "id");
  const { cursor } = filtersOf(c, "cursor");
  const user = await said(admin.users[":userId"].$get({ param: { userId } }));
  const query = { limit: GRANTS, ...(cursor === undefined ? {} : { cursor }) };
  const [grants, orders, plans] = await Promise.all([
    said(admin.users[":userId"].grants.$get({ param: { userId }, query })),
    said(admin.orders.$get({ query: { userId, limit: ORDERS } })),
    customPlans(c, user.assignedPlanId),
  ]);
  const known = ["credits", "reason", "expiresAt", "planId", "role"];
  return showAdmin(
    c,
    user.email,
    <>
      {again === undefined || known.includes(again.problem.param) ? null : (
        <Notice kind="bad">{again.problem.message}</Notice>
      )}
      <Facts
        facts={[
          ["ID", <code>{user.id}</code>],
          [words.name, user.name],
          [words.role, words.roles[user.role]],
          [words.plan, user.plan.name],
          [words.signedUp, moment(c, user.createdAt)],
          [words.firstPaid, user.firstPaidAt === null ? words.never : moment(c, user.firstPaidAt)],
        ]}
      />
      <Account c={c} user={user} />
      <Forms c={c} user={user} plans={plans} again={again} />
      <Subscriptions c={c} user={user} />
      <h2>
        <a href={`/admin/orders?userId=${user.id}`}>{words.orders}</a>
      </h2>
      <OrderTable c={c} orders={orders.data} />
      <h2>{words.grants}</h2>
      <GrantTable c={c} grants={grants.data} />
      <Pages c={c} cursor={cursor} nextCursor={grants.nextCursor} />
      <p>
        <a href={`/admin/audit?userId=${user.id}`}>{words.history}</a>
      </p>
    </>,
    again === undefined ? 200 : 400,
  );
}

/** `GET /admin/users/:id` */
export const userPage = (c: PageContext) => showUser(c);

/**
 * Does something to a user and shows them again: with what is wrong beside its field, if it was
 * refused.
 */
async function change(c: PageContext, typed: Again["typed"], act: () => Promise<unknown>) {
  try {
    await act();
    return c.redirect(`/admin/users/${pathParam(c, "id")}`, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.status === 404) throw error;
    return await showUser(c, {
      problem: { message: error.message, param: error.error.param ?? "" },
      typed,
    });
  }
}

/** `POST /admin/users/:id/credits`: gives, or below 0 takes. Sent twice, it is done once. */
export async function giveCredits(c: PageContext) {
  const typed = await typedIn(c);
  const credits = typedNumber(typed["credits"]);
  if (credits === undefined || Number.isNaN(credits))
    return await showUser(c, {
      problem: { message: c.var.words.admin.numberProblem, param: "credits" },
      typed,
    });
  const expiresAt =
    typed["expires"] === undefined || typed["expires"] === ""
      ? {}
      : { expiresAt: `${typed["expires"]}T23:59:59Z` };
  const json = { credits, reason: typed["reason"] ?? "", ...expiresAt };
  const { grants } = c.var.api.api.admin.users[":userId"];
  return await change(c, typed, () =>
    said(grants.$post({ param: { userId: pathParam(c, "id") }, json }, onceOf(typed["once"]))),
  );
}

/** `POST /admin/users/:id/role` */
export async function changeRole(c: PageContext) {
  const typed = await typedIn(c);
  const role = oneOf(ROLES, typed["role"]);
  return await change(c, typed, () =>
    said(
      c.var.api.api.admin.users[":userId"].$patch({
        param: { userId: pathParam(c, "id") },
        json: { role },
      }),
    ),
  );
}

/** `POST /admin/users/:id/plan`: a plan that was agreed by hand; none is what was bought. */
export async function agreePlan(c: PageContext) {
  const typed = await typedIn(c);
  const planId = typed["planId"] === undefined || typed["planId"] === "" ? null : typed["planId"];
  return await change(c, typed, () =>
    said(
      c.var.api.api.admin.users[":userId"].$patch({
        param: { userId: pathParam(c, "id") },
        json: { planId },
      }),
    ),
  );
}
