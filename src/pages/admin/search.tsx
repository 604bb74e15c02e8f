import { type ApiClient, type ListItem, unwrap } from "../api.ts";
import { Empty, Field } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { readFilters, renderAdminPage } from "./admin-components.tsx";
import { userLabel } from "./user-label.ts";

type Hit = ListItem<ApiClient["api"]["admin"]["search"]["$get"]>;

/** The pages of what a search finds, by its kind. A key is shown with its user. */
function hrefOf({ kind, id, user }: Hit): string {
  const paths = {
    user: `/admin/users/${id}`,
    order: `/admin/orders/${id}`,
    subscription: `/admin/subscriptions/${id}`,
    invoice: `/admin/invoices/${id}`,
    api_key: `/admin/users/${user?.id ?? ""}`,
    event: `/admin/events/${id}`,
    plan: `/admin/plans/${id}`,
  };
  return paths[kind];
}

const HitLine = ({ hit }: { hit: Hit }) => (
  <li>
    <a href={hrefOf(hit)}>
      <bdi>{hit.title}</bdi>
    </a>{" "}
    {hit.user === null || userLabel(hit.user) === hit.title ? (
      <bdi class="muted">{hit.user?.name}</bdi>
    ) : (
      <bdi class="muted">{userLabel(hit.user)}</bdi>
    )}
  </li>
);

/** `GET /admin/search?q=`: leads to the one thing that is found, or lists what is, by kind. */
export async function searchPage(c: PageContext) {
  const { lists: words } = c.var.words.admin;
  const { q = "" } = readFilters(c, "q");
  const hits =
    q.length < 2 ? [] : (await unwrap(c.var.api.api.admin.search.$get({ query: { q } }))).data;
  const [first, second] = hits;
  if (first !== undefined && second === undefined) return c.redirect(hrefOf(first), 303);
  const byKind = Map.groupBy(hits, ({ kind }) => kind);
  return renderAdminPage(
    c,
    q === "" ? words.search : words.results(q),
    <>
      <search>
        <form method="get" class="filters">
          <Field name="q" type="search" label={words.searchHint} value={q} />
          <button type="submit">{words.search}</button>
        </form>
      </search>
      {hits.length > 0 ? null : <Empty>{q.length < 2 ? words.searchLead : words.noResults}</Empty>}
      {[...byKind].map(([kind, found]) => (
        <section>
          <h2>{words.kinds[kind]}</h2>
          <ul class="hits">
            {found.map((hit) => (
              <HitLine hit={hit} />
            ))}
          </ul>
        </section>
      ))}
    </>,
  );
}
