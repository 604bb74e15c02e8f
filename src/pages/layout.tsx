import { html } from "hono/html";
import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { LANGUAGES } from "../languages.ts";
import type { PageContext } from "./context.ts";

interface Link {
  readonly href: string;
  readonly text: string;
}

const Links = ({ links, currentPath }: { links: readonly Link[]; currentPath: string }) => (
  <>
    {links.map(({ href, text }) => (
      <li>
        <a
          href={href}
          aria-current={
            currentPath === href || currentPath.startsWith(`${href}/`) ? "page" : undefined
          }
        >
          {text}
        </a>
      </li>
    ))}
  </>
);

function TopBar({ c }: { c: PageContext }) {
  const { viewer } = c.var;
  const { nav, name } = c.var.words;
  const publicLinks = [
    { href: "/pricing", text: nav.pricing },
    { href: "/marketplace", text: nav.marketplace },
    { href: "/docs", text: nav.docs },
  ];
  const viewerLinks = [
    { href: "/chat", text: nav.chat },
    { href: "/dashboard", text: nav.dashboard },
    { href: "/credits", text: nav.credits },
    { href: "/activity", text: nav.activity },
    { href: "/keys", text: nav.keys },
    { href: "/agents", text: nav.agents },
    ...(viewer?.role === "admin" ? [{ href: "/admin", text: nav.admin }] : []),
  ];
  return (
    <header class="top">
      <nav aria-label={nav.label}>
        <a class="brand" href="/">
          {name}
        </a>
        <ul>
          <Links
            links={viewer === null ? publicLinks : [...viewerLinks, ...publicLinks]}
            currentPath={c.req.path}
          />
        </ul>
        <ul>
          {viewer === null ? (
            <>
              <li>
                <a href="/login">{nav.signIn}</a>
              </li>
              <li>
                <a class="button" href="/signup">
                  {nav.signUp}
                </a>
              </li>
            </>
          ) : (
            <li>
              <form method="post" action="/logout">
                <button type="submit" class="link">
                  {nav.signOut}
                </button>
              </form>
            </li>
          )}
        </ul>
      </nav>
    </header>
  );
}

/** Returns the address of the same page in another language, with its whole query. */
function languageHref(c: PageContext, language: string): string {
  const { searchParams } = new URL(c.req.url);
  searchParams.set("lang", language);
  return `?${searchParams.toString()}`;
}

function BottomBar({ c }: { c: PageContext }) {
  const { nav, name } = c.var.words;
  return (
    <footer class="bottom">
      <div>
        <span>{name}</span>
        <nav aria-label={nav.language}>
          {Object.entries(LANGUAGES).map(([language, { name: own, direction }]) => (
            <a href={languageHref(c, language)} lang={language} dir={direction} hreflang={language}>
              {own}
            </a>
          ))}
        </nav>
        <button type="button" class="link" data-theme-toggle data-needs-script hidden>
          {nav.theme}
        </button>
      </div>
    </footer>
  );
}

/** The content of a page, and its settings. */
export interface PageOptions {
  readonly title: string;
  /** The width of the content. Forms are narrow. */
  readonly width?: "narrow" | "wide";
  /** The scripts of `public/` that the page uses. Every page works without them. */
  readonly scripts?: readonly string[];
  /** The delay after which the browser reloads the page. */
  readonly refreshSeconds?: number;
  readonly children?: Child;
}

/** A whole page in the reader's language. */
function Page({
  c,
  title,
  width,
  scripts = [],
  refreshSeconds,
  children,
}: PageOptions & { c: PageContext }) {
  const { language, words } = c.var;
  return (
    <html lang={language} dir={LANGUAGES[language].direction}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        {refreshSeconds === undefined ? null : (
          <meta http-equiv="refresh" content={String(refreshSeconds)} />
        )}
        <title>{`${title} · ${words.name}`}</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/farebox.css" />
        <script src="/theme.js" type="module" />
        {scripts.map((script) => (
          <script src={script} type="module" />
        ))}
      </head>
      <body>
        <a class="skip" href="#content">
          {words.nav.skip}
        </a>
        <TopBar c={c} />
        <main id="content" class={width}>
          {children}
        </main>
        <BottomBar c={c} />
      </body>
    </html>
  );
}

/** Answers with a page. */
export const renderPage = (
  c: PageContext,
  options: PageOptions,
  status: ContentfulStatusCode = 200,
) => c.html(html`<!doctype html>${<Page c={c} {...options} />}`, status);
