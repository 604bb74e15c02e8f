import { html } from "hono/html";
import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { supportHref } from "../brand/index.ts";
import { LANGUAGES } from "../languages.ts";
import { BrandHead, BrandStyles } from "./brand-head.tsx";
import { Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { readTheme } from "./theme.ts";
import { AdminShell } from "./ui/admin-shell.tsx";
import { takeFlash } from "./ui/flash.ts";
import { AccountTabs, TopBar } from "./ui/top-bar.tsx";
import { LanguageLinks, ThemeLinks } from "./ui/user-menu.tsx";

/** The operator's legal pages and support, as far as there are any. */
function LegalLinks({ c }: { c: PageContext }) {
  const { brand, words } = c.var;
  const links = [
    [brand.terms, words.ui.terms],
    [brand.privacy, words.ui.privacy],
    [brand.imprint, words.ui.imprint],
    [brand.support === null ? null : supportHref(brand.support), words.ui.support],
  ] as const;
  return links.some(([href]) => href !== null) ? (
    <nav class="choices" aria-label={words.ui.legal}>
      {links.map(([href, text]) => (href === null ? null : <a href={href}>{text}</a>))}
    </nav>
  ) : null;
}

/** The foot of every page: the operator's links, and the language and theme of visitors. */
function BottomBar({ c }: { c: PageContext }) {
  return (
    <footer class="bottom">
      <div class="shell">
        <span>{c.var.brand.name}</span>
        <LegalLinks c={c} />
        <div class="end">
          <LanguageLinks c={c} />
          <ThemeLinks c={c} />
        </div>
      </div>
    </footer>
  );
}

/** The notice of a suspended reader, on every page. The operator's reason is not in it. */
function SuspendedNotice({ c }: { c: PageContext }) {
  const { brand, viewer, words } = c.var;
  return (viewer?.suspendedAt ?? null) === null ? null : (
    <Notice kind="warn">
      <p>
        {words.suspended.notice}{" "}
        {brand.support === null ? null : (
          <a href={supportHref(brand.support)}>{words.brand.contactSupport}</a>
        )}
      </p>
    </Notice>
  );
}

/** The content of a page, and its settings. */
export interface PageOptions {
  readonly title: string;
  /** What search engines and social sites tell of the page. */
  readonly description?: string;
  /** The width of the content. Forms are narrow; an application fills the window. */
  readonly width?: "narrow" | "wide" | "full";
  /** What surrounds the content: the operator's pages have a side bar. */
  readonly shell?: "admin";
  /** The style sheets of `public/` that the page needs besides `farebox.css`. */
  readonly styles?: readonly string[];
  /** The scripts of `public/` that the page uses. Every page works without them. */
  readonly scripts?: readonly string[];
  /** The delay after which the browser reloads the page. */
  readonly refreshSeconds?: number;
  readonly children?: Child;
}

/** The font of the reader's language, which the browser loads before it has read the styles. */
const FONTS = { en: "/fonts/inter-latin.woff2", ar: "/fonts/vazirmatn-arabic.woff2" } as const;

function Head({
  c,
  title,
  description,
  shell,
  styles = [],
  scripts = [],
  refreshSeconds,
}: PageOptions & { c: PageContext }) {
  const { language } = c.var;
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      {refreshSeconds === undefined ? null : (
        <meta http-equiv="refresh" content={String(refreshSeconds)} />
      )}
      <title>{`${title} · ${c.var.brand.name}`}</title>
      <BrandHead c={c} title={title} description={description} />
      <link rel="preload" href={FONTS[language]} as="font" type="font/woff2" crossorigin="" />
      <link rel="stylesheet" href="/farebox.css" />
      <BrandStyles c={c} />
      {(shell === "admin" ? ["/admin.css", ...styles] : styles).map((style) => (
        <link rel="stylesheet" href={style} />
      ))}
      {["/page.js", ...scripts].map((script) => (
        <script src={script} type="module" />
      ))}
    </head>
  );
}

/** A whole page in the reader's language. */
function Page({ c, ...options }: PageOptions & { c: PageContext }) {
  const { width, shell, children } = options;
  const { language, words } = c.var;
  const theme = readTheme(c);
  const told = takeFlash(c);
  const content = (
    <>
      <SuspendedNotice c={c} />
      {told === undefined ? null : <Notice kind="good">{told}</Notice>}
      <AccountTabs c={c} />
      {children}
    </>
  );
  return (
    <html
      lang={language}
      dir={LANGUAGES[language].direction}
      data-theme={theme === "system" ? undefined : theme}
    >
      <Head c={c} {...options} />
      <body class={shell === "admin" ? "full" : width}>
        <a class="skip" href="#content">
          {words.nav.skip}
        </a>
        <TopBar c={c} />
        <main id="content">
          {shell === "admin" ? <AdminShell c={c}>{content}</AdminShell> : content}
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
