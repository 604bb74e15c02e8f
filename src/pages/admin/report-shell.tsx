import type { Child } from "hono/jsx";
import { Field } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { renderPage } from "../layout.tsx";
import { chooseRange, type Range } from "../ranges.ts";
import { PageTitle } from "../ui/page-title.tsx";
import { RangeLinks } from "../ui/range-links.tsx";

const RANGES = ["7d", "30d", "90d", "mtd"] as const;

/** Returns the days that a page of the operator's figures is asked for. */
export const chooseReportRange = (c: PageContext): Range =>
  chooseRange(c.req.query(), RANGES, "30d", Date.now());

/** Answers with a page of the operator's figures, whose days can be chosen. */
export function renderReport(c: PageContext, title: string, range: Range, children: Child) {
  const { admin, reports: words } = c.var.words;
  return renderPage(c, {
    title: `${title} · ${admin.label}`,
    shell: "admin",
    styles: ["/charts.css", "/reports.css"],
    scripts: ["/charts.js"],
    children: (
      <>
        <PageTitle title={title} actions={<RangeLinks c={c} names={RANGES} range={range} />} />
        <details class="report-range" open={range.name === "custom"}>
          <summary>{words.custom}</summary>
          <form method="get" class="row">
            <Field name="from" type="date" label={words.from} value={range.from} />
            <Field name="to" type="date" label={words.to} value={range.to} />
            <button type="submit" class="plain">
              {words.apply}
            </button>
          </form>
        </details>
        {children}
      </>
    ),
  });
}

/** A customer by their name or address, as a link; an erased one by a word. */
export function Customer({
  c,
  user,
}: {
  c: PageContext;
  user: { readonly id: string; readonly email: string | null; readonly name: string | null };
}) {
  if (user.email === null) return <span class="muted">{c.var.words.reports.erased}</span>;
  return (
    <a href={`/admin/users/${encodeURIComponent(user.id)}`} title={user.email}>
      <bdi>{user.name ?? user.email}</bdi>
    </a>
  );
}
