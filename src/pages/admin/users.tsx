import { unwrap } from "../api.ts";
import { Field, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Select } from "../form-components.tsx";
import { formatTime } from "../format.ts";
import { AdminTable, parseOneOf, readFilters, renderAdminPage } from "./admin-components.tsx";

const PAGE_SIZE = "30";
export const ROLES = ["user", "admin"] as const;

/** `/admin/users?search=&role=`: who signed up, last first. */
export async function usersPage(c: PageContext) {
  const { admin: words } = c.var.words;
  const { search, cursor } = readFilters(c, "search", "cursor");
  const role = parseOneOf(ROLES, c.req.query("role"));
  const query = {
    limit: PAGE_SIZE,
    ...readFilters(c, "search", "cursor"),
    ...(role === undefined ? {} : { role }),
  };
  const { data, nextCursor } = await unwrap(c.var.api.api.admin.users.$get({ query }));
  return renderAdminPage(
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
            options={[
              ["", words.any],
              ...ROLES.map((option) => [option, words.roles[option]] as const),
            ]}
          />
          <button type="submit">{words.filter}</button>
        </form>
      </search>
      <AdminTable
        c={c}
        columns={[words.email, words.name, words.role, words.plan, words.signedUp, words.firstPaid]}
        rows={data.map((user) => [
          <a href={`/admin/users/${user.id}`}>{user.email}</a>,
          user.name,
          user.role === "admin" ? <span class="badge">{words.roles.admin}</span> : words.roles.user,
          <code>{user.planId}</code>,
          formatTime(c, user.createdAt),
          user.firstPaidAt === null ? "" : formatTime(c, user.firstPaidAt),
        ])}
      />
      <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
  );
}
