import type { Child } from "hono/jsx";

/** The heading of a page, with a sentence about it and its main actions. */
export const PageTitle = ({
  title,
  lead,
  actions,
}: {
  title: Child;
  lead?: Child;
  actions?: Child;
}) => (
  <div class="page-title">
    <div>
      <h1>{title}</h1>
      {lead === undefined ? null : <p class="lead">{lead}</p>}
    </div>
    {actions === undefined ? null : <div class="actions">{actions}</div>}
  </div>
);
