import { type ApiClient, type ListItem, unwrap } from "../api.ts";
import { Field, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { type Options, Select } from "../form-components.tsx";
import { formatMoney, formatNumber } from "../format.ts";
import { planName } from "../plan-names.ts";
import { Table } from "../table.tsx";
import { Time } from "../ui/time.tsx";
import { parseOneOf, readFilters, renderAdminPage } from "./admin-components.tsx";
import { FilterForm } from "./list-parts.tsx";
import { RowMenu } from "./row-menu.tsx";
import { userLabel } from "./user-label.ts";

type ListedUser = ListItem<ApiClient["api"]["admin"]["users"]["$get"]>;

const PAGE_SIZE = "30";
export const ROLES = ["user", "admin"] as const;

/** What a user pays each month. */
function Pays({ c, subscription }: { c: PageContext; subscription: ListedUser["subscription"] }) {
  const { lists: words } = c.var.words.admin;
  if (subscription === null) return null;
  if (subscription.status === "trialing") return <span class="badge info">{words.trial}</span>;
  return words.perMonth(formatMoney(c, subscription.monthlyMinor, subscription.currency));
}

/** A user by their address, with their name and what is special about them. */
function UserHead({ c, user }: { c: PageContext; user: ListedUser }) {
  const { admin: words } = c.var.words;
  return (
    <>
      <a href={`/admin/users/${user.id}`}>
        <bdi>{userLabel(user)}</bdi>
      </a>{" "}
      {user.role === "admin" ? <span class="badge info">{words.roles.admin}</span> : null}{" "}
      {user.suspendedAt === null ? null : <span class="badge bad">{words.customer.suspended}</span>}
      {user.name === null ? null : (
        <div class="muted small">
          <bdi>{user.name}</bdi>
        </div>
      )}
    </>
  );
}

function UserTable({
  c,
  users,
  plans,
}: {
  c: PageContext;
  users: readonly ListedUser[];
  plans: Options;
}) {
  const { admin: words } = c.var.words;
  const { lists } = words;
  const names = new Map(plans);
  return (
    <Table
      fits
      rows={users}
      empty={lists.noMatches}
      columns={[
        { head: words.user, cell: (user) => <UserHead c={c} user={user} />, isRowHead: true },
        {
          head: words.plan,
          cell: ({ planId, planName: name }) => <bdi class="name">{names.get(planId) ?? name}</bdi>,
        },
        {
          head: lists.pays,
          cell: ({ subscription }) => <Pays c={c} subscription={subscription} />,
          isFigure: true,
        },
        {
          head: words.balance,
          cell: ({ credits }) => (credits === null ? null : formatNumber(c, credits)),
          isFigure: true,
          isMinor: true,
        },
        {
          head: lists.lastSeen,
          cell: ({ lastSeenAt }) => (lastSeenAt === null ? null : <Time c={c} iso={lastSeenAt} />),
          isMinor: true,
        },
        {
          head: words.signedUp,
          cell: ({ createdAt }) => <Time c={c} iso={createdAt} />,
          isMinor: true,
        },
        {
          head: lists.more,
          isHeadHidden: true,
          cell: ({ id }) => (
            <RowMenu
              c={c}
              ids={[id]}
              links={[
                [`/admin/orders?customer=${id}`, lists.viewOrders],
                [`/admin/audit?customer=${id}`, lists.viewAudit],
                [`/admin/mails?customer=${id}`, lists.viewMails],
              ]}
            />
          ),
        },
      ]}
    />
  );
}

/** Lists the plans by which users are filtered. */
async function listPlanOptions(c: PageContext): Promise<Options> {
  const { data } = await unwrap(c.var.api.api.admin.plans.$get({ query: { limit: "100" } }));
  return data
    .filter(({ kind }) => kind !== "one_time")
    .map((plan) => [plan.id, planName(c, plan)] as const);
}

/** `GET /admin/users?search=&planId=&role=`: shows the users, newest first. */
export async function usersPage(c: PageContext) {
  const { admin: words } = c.var.words;
  const { search, planId, cursor } = readFilters(c, "search", "planId", "cursor");
  const role = parseOneOf(ROLES, c.req.query("role"));
  const query = {
    limit: PAGE_SIZE,
    ...readFilters(c, "search", "planId", "cursor"),
    ...(role === undefined ? {} : { role }),
  };
  const [{ data, nextCursor }, plans] = await Promise.all([
    unwrap(c.var.api.api.admin.users.$get({ query: { ...query, credits: "true" } })),
    listPlanOptions(c),
  ]);
  return renderAdminPage(
    c,
    words.users,
    <>
      <FilterForm c={c} path="/admin/users" csv={{ path: "/api/admin/users", query }}>
        <Field name="search" type="search" label={words.lists.searchHint} value={search} />
        <Select
          name="planId"
          label={words.plan}
          value={planId}
          options={[["", words.lists.all], ...plans]}
        />
        <Select
          name="role"
          label={words.role}
          value={role}
          options={[
            ["", words.lists.all],
            ...ROLES.map((option) => [option, words.roles[option]] as const),
          ]}
        />
      </FilterForm>
      <UserTable c={c} users={data} plans={plans} />
      <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
  );
}
