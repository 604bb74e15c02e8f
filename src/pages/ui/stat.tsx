import type { Child } from "hono/jsx";

/** A row of key figures. */
export const Stats = ({ children }: { children?: Child }) => <dl class="stats">{children}</dl>;

/** A key figure, with its name and a note under it. */
export const Stat = ({
  label,
  value,
  note,
  title,
}: {
  label: string;
  value: Child;
  note?: Child;
  /** The whole figure, where the value is rounded. */
  title?: string;
}) => (
  <div class="stat">
    <dt>{label}</dt>
    <dd class="figure" title={title}>
      {value}
    </dd>
    {note === undefined || note === null ? null : <dd class="note">{note}</dd>}
  </div>
);
