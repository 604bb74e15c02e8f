import type { Child } from "hono/jsx";
import type { PageContext } from "./context.ts";

/** A notice that the reader should see first. */
export const Notice = ({ kind, children }: { kind?: "warn" | "bad"; children?: Child }) => (
  <div class={`notice ${kind ?? ""}`} role={kind === "bad" ? "alert" : "status"}>
    {children}
  </div>
);

/** The name of a field, and the texts beside it. */
export interface FieldTexts {
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  /** Why the value was refused. */
  readonly error?: string | undefined;
}

/** Returns the ids of the elements that describe a field, for assistive technology. */
export const describedBy = ({ name, hint, error }: FieldTexts): string | undefined => {
  const ids = [
    hint === undefined ? [] : [`${name}-hint`],
    error === undefined ? [] : [`${name}-problem`],
  ].flat();
  return ids.length === 0 ? undefined : ids.join(" ");
};

/** The hint and the error of a field. */
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

/** A labelled field, with its hint and its error. */
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

/** The text in place of an empty list. */
export const Empty = ({ children }: { children?: Child }) => <div class="empty">{children}</div>;

/** A text to copy. The button that copies it needs a script. */
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
    {/* Long lines scroll. The keyboard can do so because it takes the focus. */}
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

/** Links to the first page of a list and to the next. The filters in the address stay. */
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
