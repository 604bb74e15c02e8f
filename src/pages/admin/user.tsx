import { ApiRefusal, unwrap } from "../api.ts";
import { Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { type FormValues, type RejectedForm, toFieldError } from "../form-components.tsx";
import { formatTime } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { refusalText } from "../refusal-text.ts";
import { type Flash, flash } from "../ui/flash.ts";
import { FactList, readFilters, renderAdminPage } from "./admin-components.tsx";
import { stripeLink } from "./detail-parts.tsx";
import { FormProblem, type ManageProps } from "./manage-part.tsx";
import { OrderTable } from "./orders.tsx";
import { KeySection, SecondFactorForm, SessionSection, SuspensionForm } from "./user-access.tsx";
import type { User } from "./user-data.ts";
import {
  AdjustCreditsForm,
  CustomPlanForm,
  DeductQuestion,
  listCustomPlans,
  RoleForm,
  SuspensionNotice,
} from "./user-forms.tsx";
import { userLabel } from "./user-label.ts";
import { GrantTable, PlanUsage, SubscriptionTable, UserStats } from "./user-tables.tsx";

const GRANTS_PAGE_SIZE = "10";
const ORDERS_PAGE_SIZE = "10";
const KEYS_MAX = "100";

/** The fields of the page's forms, which show their errors themselves. */
const FORM_FIELDS = [
  "credits",
  "reason",
  "expiresAt",
  "planId",
  "role",
  "suspendReason",
  "resumeReason",
  "totpReason",
  "sessionReason",
  "keyReason",
];

const loadUser = (c: PageContext): Promise<User> =>
  unwrap(c.var.api.api.admin.users[":userId"].$get({ param: { userId: pathParam(c, "id") } }));

function UserFacts({ c, user }: { c: PageContext; user: User }) {
  const { admin: words } = c.var.words;
  return (
    <section class="card">
      <h2>{words.customer.details}</h2>
      <FactList
        facts={[
          [words.name, user.name === null ? null : <bdi>{user.name}</bdi>],
          [words.role, words.roles[user.role]],
          [words.signedUp, formatTime(c, user.createdAt)],
          [words.customer.stripe, stripeLink(c, user.stripeCustomerId)],
          ["ID", <code>{user.id}</code>],
        ]}
      />
      <a class="button plain" href={`/admin/audit?customer=${user.id}`}>
        {words.customer.viewAudit}
      </a>
    </section>
  );
}

/** The sections about a user, each of which the wire is asked for. */
async function loadSections(c: PageContext, user: User) {
  const { admin } = c.var.api.api;
  const { cursor } = readFilters(c, "cursor");
  const query = { limit: GRANTS_PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) };
  const param = { userId: user.id };
  const [grants, orders, plans, sessions, { keys }] = await Promise.all([
    unwrap(admin.users[":userId"].grants.$get({ param, query })),
    unwrap(admin.orders.$get({ query: { userId: user.id, limit: ORDERS_PAGE_SIZE } })),
    listCustomPlans(c, user.assignedPlanId),
    unwrap(admin.users[":userId"].sessions.$get({ param })),
    unwrap(admin.users[":userId"]["api-keys"].$get({ param, query: { limit: KEYS_MAX } })),
  ]);
  return { cursor, grants, orders, plans, sessions, keys };
}

/** Answers with a user's page, and with a form that was refused. */
export async function renderUser(c: PageContext, rejected?: RejectedForm) {
  const { customer: words } = c.var.words.admin;
  const user = await loadUser(c);
  const { cursor, grants, orders, plans, sessions, keys } = await loadSections(c, user);
  const props: ManageProps = { c, user, rejected };
  return renderAdminPage(
    c,
    userLabel(user),
    <>
      <FormProblem rejected={rejected} fields={FORM_FIELDS} />
      <SuspensionNotice c={c} user={user} />
      <UserStats c={c} user={user} />
      <SubscriptionTable c={c} user={user} />
      <h2>
        <a href={`/admin/orders?customer=${user.id}`}>{words.orders}</a>
      </h2>
      <OrderTable c={c} orders={orders.data} empty={c.var.words.common.none} />
      <h2>{words.grants}</h2>
      <GrantTable c={c} grants={grants.data} />
      <Pagination c={c} cursor={cursor} nextCursor={grants.nextCursor} />
      <div class="grid">
        <PlanUsage c={c} user={user} />
        <UserFacts c={c} user={user} />
      </div>
      <section>
        <h2>{words.manage}</h2>
        <AdjustCreditsForm {...props} />
        <CustomPlanForm {...props} plans={plans} />
        <RoleForm {...props} />
        <SecondFactorForm {...props} />
        <SuspensionForm {...props} />
      </section>
      <SessionSection {...props} sessions={sessions.data} />
      <KeySection {...props} keys={keys} />
    </>,
    rejected === undefined ? 200 : 400,
    { href: "/admin/users", text: words.back },
  );
}

/** `GET /admin/users/:id`: shows a user's account, orders, grants, sessions and keys. */
export const userPage = (c: PageContext) => renderUser(c);

/** Asks once whether credits are to be deducted from a user. */
export async function askToDeduct(c: PageContext, values: FormValues, credits: number) {
  const { customer: words } = c.var.words.admin;
  const user = await loadUser(c);
  return renderAdminPage(
    c,
    words.adjust,
    <>
      <DeductQuestion c={c} user={user} values={values} credits={credits} />
    </>,
    200,
    { href: `/admin/users/${user.id}`, text: userLabel(user) },
  );
}

/**
 * Sends a change of a user, tells that it was made, and goes back to their page. A refusal is shown
 * beside its field.
 * @param reasonField the form's name of the field that is `reason` on the wire
 */
export async function updateUser(
  c: PageContext,
  {
    values,
    told,
    detail,
    reasonField = "reason",
  }: { values: FormValues; told: Flash; detail?: string; reasonField?: string },
  request: () => Promise<unknown>,
) {
  try {
    await request();
    flash(c, told, detail);
    return c.redirect(`/admin/users/${pathParam(c, "id")}`, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.status === 404) throw error;
    const { param } = toFieldError(error);
    const field = {
      param: param === "reason" ? reasonField : param,
      message: refusalText(c, error),
    };
    return await renderUser(c, { error: field, values });
  }
}
