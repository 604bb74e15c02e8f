import type { PageContext } from "../context.ts";
import { Icon } from "./icon.tsx";
import { type NavLink, NavLinks } from "./nav-links.tsx";
import { BalanceLink, UserMenu } from "./user-menu.tsx";

/** The pages of the viewer's own account: one link at the top, tabs below it. */
const ACCOUNT_PATHS = ["/dashboard", "/activity", "/credits", "/orders", "/keys", "/account"];

const topLinks = (c: PageContext): readonly NavLink[] => {
  const { nav } = c.var.words;
  const publicLinks = [
    { href: "/pricing", text: nav.pricing },
    ...(c.var.ctx.config.MARKETPLACE ? [{ href: "/marketplace", text: nav.marketplace }] : []),
    { href: "/docs", text: nav.docs },
  ];
  return c.var.viewer === null
    ? publicLinks
    : [
        { href: "/chat", text: nav.chat },
        { href: "/dashboard", text: nav.dashboard, also: ACCOUNT_PATHS },
        ...publicLinks,
      ];
};

/** The top of every page: the brand, few links, and the way in or the reader's own menu. */
export function TopBar({ c }: { c: PageContext }) {
  const { brand, viewer, words } = c.var;
  const links = topLinks(c);
  return (
    <header class="top">
      <div class="shell">
        <details class="drawer" data-menu>
          <summary aria-label={words.ui.menu}>
            <Icon name="bars-3" />
          </summary>
          <nav class="menu-items" aria-label={words.ui.menu}>
            <NavLinks
              c={c}
              links={
                viewer === null ? [...links, { href: "/login", text: words.nav.signIn }] : links
              }
            />
          </nav>
        </details>
        <a class="brand" href="/">
          <img src={brand.logoUrl ?? "/brand/icon.svg"} alt="" height="24" />
          {brand.name}
        </a>
        <nav class="top-links" aria-label={words.nav.label}>
          <NavLinks c={c} links={links} />
        </nav>
        <div class="top-end">
          {viewer === null ? (
            <>
              <a class="quiet" href="/login">
                {words.nav.signIn}
              </a>
              <a class="button" href="/signup">
                {words.nav.signUp}
              </a>
            </>
          ) : (
            <>
              <BalanceLink c={c} />
              <UserMenu c={c} viewer={viewer} />
            </>
          )}
        </div>
      </div>
    </header>
  );
}

/** The tabs of the viewer's account, above each of its pages. */
export function AccountTabs({ c }: { c: PageContext }) {
  const { nav } = c.var.words;
  const isOfAccount = ACCOUNT_PATHS.some(
    (path) => c.req.path === path || c.req.path.startsWith(`${path}/`),
  );
  if (c.var.viewer === null || !isOfAccount) return null;
  return (
    <nav class="tabs" aria-label={nav.dashboard}>
      <NavLinks
        c={c}
        links={[
          { href: "/dashboard", text: nav.overview },
          { href: "/activity", text: nav.activity },
          { href: "/credits", text: nav.credits },
          { href: "/orders", text: nav.orders },
          { href: "/keys", text: nav.keys },
          { href: "/account", text: nav.account },
        ]}
      />
    </nav>
  );
}
