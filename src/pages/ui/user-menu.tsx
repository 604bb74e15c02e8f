import { LANGUAGES } from "../../languages.ts";
import { unwrap } from "../api.ts";
import { isActiveAdmin, type PageContext, type Viewer } from "../context.ts";
import { formatNumber } from "../format.ts";
import { readTheme, THEMES } from "../theme.ts";
import { Icon } from "./icon.tsx";
import { Menu } from "./menu.tsx";
import { NavLinks } from "./nav-links.tsx";

/** Returns the address of the same page with another parameter, and with its whole query. */
function withParam(c: PageContext, name: string, value: string): string {
  const { searchParams } = new URL(c.req.url);
  searchParams.set(name, value);
  return `?${searchParams.toString()}`;
}

/** Links to the same page in each language. */
export const LanguageLinks = ({ c }: { c: PageContext }) => (
  <nav class="choices" aria-label={c.var.words.nav.language}>
    {Object.entries(LANGUAGES).map(([language, { name, direction }]) => (
      <a
        href={withParam(c, "lang", language)}
        lang={language}
        dir={direction}
        hreflang={language}
        aria-current={language === c.var.language ? "true" : undefined}
      >
        {name}
      </a>
    ))}
  </nav>
);

/** Links to the same page in each theme. `page.js` changes it without a request. */
export const ThemeLinks = ({ c }: { c: PageContext }) => (
  <nav class="choices" aria-label={c.var.words.ui.theme}>
    {THEMES.map((theme) => (
      <a
        href={withParam(c, "theme", theme)}
        rel="nofollow"
        data-set-theme={theme}
        aria-current={readTheme(c) === theme ? "true" : undefined}
      >
        {c.var.words.ui.themes[theme]}
      </a>
    ))}
  </nav>
);

/** The credits that the viewer can spend, or null where the account cannot be reached. */
async function loadBalance(c: PageContext): Promise<number | null> {
  try {
    return (await unwrap(c.var.api.api.credits.$get())).available;
  } catch {
    // A page without its balance is better than no page.
    return null;
  }
}

/** The viewer's balance, as a link to their credits. */
export async function BalanceLink({ c }: { c: PageContext }) {
  const balance = await loadBalance(c);
  return balance === null ? null : (
    <a class="balance" href="/credits">
      {c.var.words.ui.balance(formatNumber(c, Math.floor(balance * 100) / 100))}
    </a>
  );
}

/** The menu of a viewer: who they are, their account, language and theme, and the way out. */
export function UserMenu({ c, viewer }: { c: PageContext; viewer: Viewer }) {
  const { nav, ui } = c.var.words;
  const initial = Array.from(viewer.name ?? viewer.email)[0] ?? "?";
  const avatar = <span class="avatar">{initial.toUpperCase()}</span>;
  return (
    <Menu label={ui.userMenu} button={avatar}>
      <div class="menu-head">
        {viewer.name === null ? null : (
          <strong>
            <bdi>{viewer.name}</bdi>
          </strong>
        )}
        <bdi>{viewer.email}</bdi>
      </div>
      <NavLinks
        c={c}
        links={[
          { href: "/account", text: nav.account, icon: "user-circle" },
          { href: "/credits", text: nav.credits, icon: "banknotes" },
          { href: "/keys", text: nav.keys, icon: "key" },
          { href: "/agents", text: nav.agents, icon: "sparkles" },
          ...(isActiveAdmin(viewer)
            ? [{ href: "/admin", text: nav.admin, icon: "wrench-screwdriver" } as const]
            : []),
        ]}
      />
      <LanguageLinks c={c} />
      <ThemeLinks c={c} />
      <form method="post" action="/logout">
        <button type="submit" class="menu-item">
          <Icon name="arrow-right-start-on-rectangle" />
          {nav.signOut}
        </button>
      </form>
    </Menu>
  );
}
