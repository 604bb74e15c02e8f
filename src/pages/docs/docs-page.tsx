import type { Child } from "hono/jsx";
import type { PageContext } from "../context.ts";
import { renderPage } from "../layout.tsx";
import { Icon } from "../ui/icon.tsx";
import { NavLinks } from "../ui/nav-links.tsx";
import { PageTitle } from "../ui/page-title.tsx";
import type { Reference } from "./reference.ts";

/** A search over the reference. It is a form, and needs no script. */
const SearchForm = ({ c, query }: { c: PageContext; query: string }) => (
  <form method="get" action="/docs/search" role="search" class="search">
    <label for="q" class="visually-hidden">
      {c.var.words.docs.search}
    </label>
    <input id="q" name="q" type="search" value={query} placeholder={c.var.words.docs.search} />
    <button type="submit" class="plain" aria-label={c.var.words.docs.search}>
      <Icon name="magnifying-glass" />
    </button>
  </form>
);

/** Answers with a page of the API's documentation, beside the list of all of them. */
export const renderDocsPage = (
  c: PageContext,
  {
    title,
    lead,
    groups,
    children,
  }: { title: string; lead?: string; groups: Reference["groups"]; children: Child },
) =>
  renderPage(c, {
    title,
    width: "wide",
    styles: ["/docs.css"],
    children: (
      <div class="docs">
        <SearchForm c={c} query={c.req.query("q") ?? ""} />
        <nav class="contents" aria-label={c.var.words.docs.contents}>
          <a href="/docs" aria-current={c.req.path === "/docs" ? "page" : undefined}>
            {c.var.words.docs.start}
          </a>
          <h2>{c.var.words.docs.reference}</h2>
          <NavLinks
            c={c}
            links={groups.map((group) => ({ href: `/docs/${group.id}`, text: group.title }))}
          />
        </nav>
        <div class="doc">
          <PageTitle title={title} {...(lead === undefined ? {} : { lead })} />
          {children}
        </div>
      </div>
    ),
  });
