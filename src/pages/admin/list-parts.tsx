import type { Child } from "hono/jsx";
import { unwrap } from "../api.ts";
import { Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Icon } from "../ui/icon.tsx";
import { readFilters } from "./admin-components.tsx";
import { userLabel } from "./user-label.ts";

/** The form with the filters of a list, with the list as a CSV file under the same filters. */
export function FilterForm({
  c,
  path,
  csv,
  submit = c.var.words.admin.lists.filter,
  children,
}: {
  c: PageContext;
  path: string;
  /** The path of the wire's list, with the filters that hold now. */
  csv?: { readonly path: string; readonly query: Readonly<Record<string, string>> };
  /** The text of the button. */
  submit?: string;
  children?: Child;
}) {
  const { lists: words } = c.var.words.admin;
  const isFiltered = Object.entries(c.req.query()).some(
    ([name, value]) => !["lang", "cursor"].includes(name) && value !== "",
  );
  return (
    <search>
      <form method="get" action={path} class="filters">
        {children}
        <button type="submit" class="plain">
          <Icon name="funnel" />
          {submit}
        </button>
        {isFiltered ? (
          <a class="button link" href={path}>
            {words.clear}
          </a>
        ) : null}
        {csv === undefined ? null : (
          <a class="button link end" href={csvHref(csv.path, csv.query)} download>
            <Icon name="arrow-down-tray" />
            {words.csv}
          </a>
        )}
      </form>
    </search>
  );
}

function csvHref(path: string, query: Readonly<Record<string, string>>): string {
  const { limit: _limit, cursor: _cursor, ...filters } = query;
  return `${path}?${new URLSearchParams({ ...filters, format: "csv" }).toString()}`;
}

/** A user as a list names one. */
interface NamedUser {
  readonly id: string;
  readonly email: string;
  readonly externalId: string | null;
}

/** A link to a user by their address; for one who was erased, their id. */
export const UserName = ({
  c,
  user,
  userId,
}: {
  c: PageContext;
  user: NamedUser | null;
  userId: string | null;
}) => {
  if (user !== null)
    return (
      <a href={`/admin/users/${user.id}`}>
        <bdi>{userLabel(user)}</bdi>
      </a>
    );
  return userId === null ? null : (
    <span class="muted" title={userId}>
      {c.var.words.admin.lists.erased}
    </span>
  );
};

/** The user whom a filter names, or why none is. */
interface CustomerFilter {
  readonly text: string | undefined;
  readonly userId: string | undefined;
  readonly problem: string | undefined;
}

/**
 * Reads the filter for a user, `?customer=`: an id, an address, or a part that only one has.
 * `?userId=` is a link's.
 */
export async function readCustomerFilter(c: PageContext): Promise<CustomerFilter> {
  const { customer, userId } = readFilters(c, "customer", "userId");
  const text = customer ?? userId;
  if (text === undefined) return { text, userId: undefined, problem: undefined };
  if (/^usr_\w+$/.test(text)) return { text, userId: text, problem: undefined };
  const { lists: words } = c.var.words.admin;
  const { data } = await unwrap(
    c.var.api.api.admin.users.$get({ query: { search: text, limit: "2" } }),
  );
  const [user] = data;
  if (user === undefined) return { text, userId: undefined, problem: words.noCustomer(text) };
  return data.length > 1
    ? { text, userId: undefined, problem: words.manyCustomers(text) }
    : { text, userId: user.id, problem: undefined };
}

/** Says why a list is not filtered by the user who was asked for. */
export const CustomerProblem = ({ customer }: { customer: CustomerFilter }) =>
  customer.problem === undefined ? null : <Notice kind="warn">{customer.problem}</Notice>;
