import type { Child } from "hono/jsx";
import type { PageContext } from "../context.ts";
import { isTestMode } from "../stripe-href.ts";
import { Icon } from "./icon.tsx";
import { NavLinks } from "./nav-links.tsx";

/** The links of the operator's pages, in groups. */
const adminGroups = ({
  var: {
    words: { admin: words, brand, setup },
  },
}: PageContext) =>
  [
    [
      { href: "/admin", text: words.overview, icon: "squares-2x2" },
      { href: "/admin/users", text: words.users, icon: "users" },
      { href: "/admin/orders", text: words.orders, icon: "receipt-percent" },
      { href: "/admin/usage", text: words.usage, icon: "chart-bar" },
    ],
    [
      {
        href: "/admin/catalog",
        text: words.catalog,
        icon: "tag",
        also: ["/admin/plans", "/admin/models"],
      },
      { href: "/admin/brand", text: brand.title, icon: "paint-brush" },
      { href: "/admin/keys", text: words.keys.title, icon: "key" },
      { href: "/admin/mails", text: words.mails, icon: "envelope" },
      { href: "/admin/setup", text: setup.title, icon: "cog-6-tooth" },
    ],
    [
      { href: "/admin/events", text: words.events, icon: "signal" },
      { href: "/admin/drift", text: words.drift, icon: "scale" },
      { href: "/admin/audit", text: words.audit, icon: "queue-list" },
    ],
  ] as const;

/** The field that finds whatever the operator has at hand. */
const AdminSearch = ({ c, id }: { c: PageContext; id: string }) => {
  const { lists: words } = c.var.words.admin;
  return (
    <search>
      <form method="get" action="/admin/search" class="side-search">
        <label for={id} class="visually-hidden">
          {words.search}
        </label>
        <input id={id} name="q" type="search" placeholder={words.searchHint} minlength={2} />
      </form>
    </search>
  );
};

/** The shell of the operator's pages: a side bar with all of them, a drawer on a phone. */
export function AdminShell({ c, children }: { c: PageContext; children?: Child }) {
  const { admin, ui } = c.var.words;
  const groups = adminGroups(c).map((links) => <NavLinks c={c} links={links} />);
  return (
    <div class="admin">
      <aside class="side">
        <AdminSearch c={c} id="admin-search" />
        <nav aria-label={admin.label}>{groups}</nav>
        <a class="quiet" href="/dashboard">
          <Icon name="arrow-left" />
          {ui.backToApp}
        </a>
      </aside>
      <details class="side-drawer" data-menu>
        <summary class="button plain">
          <Icon name="bars-3" />
          {admin.label}
        </summary>
        <nav class="menu-items" aria-label={admin.label}>
          <AdminSearch c={c} id="admin-search-drawer" />
          {groups}
        </nav>
      </details>
      <div class="admin-page">
        {isTestMode(c) ? (
          <p class="test-mode">
            <Icon name="information-circle" />
            {ui.testMode}
          </p>
        ) : null}
        {children}
      </div>
    </div>
  );
}
