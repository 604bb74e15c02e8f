import { said } from "../api.ts";
import type { PageContext } from "../context.ts";
import { Select } from "../form-parts.tsx";
import { moment } from "../format.ts";
import { Field, Pages } from "../parts.tsx";
import { filtersOf, oneOf, showAdmin, Table } from "./admin-parts.tsx";

const SHOWN = "30";
export const ROLES = ["user", "admin"] as const;

/** `/admin/users?search=&role=`: who signed up, last first. */
export async function usersPage(c: PageContext) {
  const { admin: words } = c.var.words;
  const { search, cursor } = filtersOf(c, "search", "cursor");
  const role = oneOf(ROLES, c.req.query("role"));
  const query = {
    limit: SHOWN,
    ...filtersOf(c, "search", "cursor"),
    ...(role === undefined ? {} : { role }),
  };
  const { data, nextCursor } = await said(c.var.api.api.admin.users.$get({ query }));
  return showAdmin(
    c,
    words.users,
    <>
      <search>
        <form method="get" class="row">
          <Field name="search" type="search" label={words.search} value={search} />
          <Select
            name="role"
            label={words.role}
            value={role}
            options={[["", words.any], ...ROLES.map((one) => [one, words.roles[one]] as const)]}
          />
          <button type="submit">{words.filter}</button>
        </form>
      </search>
      <Table
        c={c}
        columns={[words.email, words.name, words.role, words.plan, words.signedUp, words.firstPaid]}
        rows={data.map((user) => [
          <a href={`/admin/users/${user.id}`}>{user.email}</a>,
          user.name,
          user.role === "admin" ? <span class="badge">{words.roles.admin}</span> : words.roles.user,
          <code>{user.planId}</code>,
          moment(c, user.createdAt),
          user.firstPaidAt === null ? "" : moment(c, user.firstPaidAt),
        ])}
      />
      <Pages c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
  );
}
