import { unwrap } from "../api.ts";
import { Field, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Select } from "../form-components.tsx";
import { formatTime } from "../format.ts";
import { Table } from "../table.tsx";
import { parseOneOf, readFilters, renderAdminPage } from "./admin-components.tsx";

const PAGE_SIZE = "30";
export const ROLES = ["user", "admin"] as const;

/** `GET /admin/users?search=&role=`: shows the users, newest first. */
export async function usersPage(c: PageContext) {
  const { admin: words, common } = c.var.words;
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
      <Table
        isWide
        rows={data}
        empty={common.none}
        columns={[
          {
            head: words.email,
            cell: ({ id, email }) => <a href={`/admin/users/${id}`}>{email}</a>,
          },
          { head: words.name, cell: ({ name }) => name },
          {
            head: words.role,
            cell: (user) =>
              user.role === "admin" ? (
                <span class="badge">{words.roles.admin}</span>
              ) : (
                words.roles.user
              ),
          },
          { head: words.plan, cell: ({ planId }) => <code>{planId}</code> },
          { head: words.signedUp, cell: ({ createdAt }) => formatTime(c, createdAt) },
          {
            head: words.firstPaid,
            cell: ({ firstPaidAt }) => (firstPaidAt === null ? "" : formatTime(c, firstPaidAt)),
          },
        ]}
      />
      <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
    </>,
  );
}
