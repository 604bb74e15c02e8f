import type { Child } from "hono/jsx";
import type { PageContext } from "./context.ts";

/** Something that the reader should see first. */
export const Notice = ({ kind, children }: { kind?: "warn" | "bad"; children?: Child }) => (
  <div class={`notice ${kind ?? ""}`} role={kind === "bad" ? "alert" : "status"}>
    {children}
  </div>
);

/** What is said of a field, beside it. */
export interface FieldTexts {
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  /** Why what was typed does not do. */
  readonly error?: string | undefined;
}

/** The ids of what describes a field, for assistive technology. */
export const describedBy = ({ name, hint, error }: FieldTexts): string | undefined => {
  const ids = [
    hint === undefined ? [] : [`${name}-hint`],
    error === undefined ? [] : [`${name}-problem`],
  ].flat();
  return ids.length === 0 ? undefined : ids.join(" ");
};

/** A field's hint, and what is wrong with what was typed. */
export const FieldHelp = ({ name, hint, error }: FieldTexts) => (
  <>
    {hint === undefined ? null : (
      <span class="hint" id={`${name}-hint`}>
        {hint}
      </span>
    )}
    {error === undefined ? null : (
      <span class="badge bad" id={`${name}-problem`}>
        {error}
      </span>
    )}
  </>
);

interface FieldProps extends FieldTexts {
  readonly type?: string;
  readonly value?: string | undefined;
  readonly required?: boolean;
  readonly autocomplete?: string;
  readonly minlength?: number;
  readonly min?: number;
  readonly step?: string;
}

/** A labelled field, with what is wrong with it beside it. */
export function Field({
  type = "text",
  value,
  required,
  autocomplete,
  minlength,
  min,
  step,
  ...texts
}: FieldProps) {
  const { name, label, error } = texts;
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={type}
        value={value}
        required={required}
        autocomplete={autocomplete}
        minlength={minlength}
        min={min}
        step={step}
        aria-invalid={error === undefined ? undefined : "true"}
        aria-describedby={describedBy(texts)}
      />
      <FieldHelp {...texts} />
    </div>
  );
}

/** What is shown where nothing is yet. */
export const Empty = ({ children }: { children?: Child }) => <div class="empty">{children}</div>;

/** A text to be copied, with a button for who has scripts. */
export const Copyable = ({
  id,
  text,
  copy,
  copied,
}: {
  id: string;
  text: string;
  copy: string;
  copied: string;
}) => (
  <div>
    {/* Its own lines may be wider than the page: the keys scroll it. */}
    <pre id={id} tabindex={0}>
      {text}
    </pre>
    <button
      type="button"
      class="plain"
      data-copy={id}
      data-copied={copied}
      data-needs-script
      hidden
    >
      {copy}
    </button>
  </div>
);

/**
 * Links through a list: back to its beginning, and on to what is older. The filters in the address
 * stay.
 */
export function Pagination({
  c,
  cursor,
  nextCursor,
}: {
  c: PageContext;
  cursor: string | undefined;
  nextCursor: string | null;
}) {
  const { common } = c.var.words;
  const pageUrl = (next: string | null): string => {
    const query = new URLSearchParams(c.req.query());
    if (next === null) query.delete("cursor");
    else query.set("cursor", next);
    return query.size === 0 ? c.req.path : `${c.req.path}?${query.toString()}`;
  };
  if (cursor === undefined && nextCursor === null) return null;
  return (
    <nav class="pages" aria-label={common.next}>
      {cursor === undefined ? null : (
        <a class="button plain" href={pageUrl(null)}>
          {common.first}
        </a>
      )}
      {nextCursor === null ? null : (
        <a class="button plain" href={pageUrl(nextCursor)} rel="next">
          {common.next}
        </a>
      )}
    </nav>
  );
}
