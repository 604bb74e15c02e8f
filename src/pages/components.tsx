import type { Child } from "hono/jsx";
import type { PageContext } from "./context.ts";
import { Icon } from "./ui/icon.tsx";

/** A notice that the reader should see first. Its text may be the wire's, in English. */
export const Notice = ({
  kind,
  children,
}: {
  kind?: "good" | "warn" | "bad";
  children?: Child;
}) => (
  <div class={`notice ${kind ?? ""}`} role={kind === "bad" ? "alert" : "status"}>
    {typeof children === "string" ? <bdi>{children}</bdi> : children}
  </div>
);

/** The name of a field, and the texts beside it. */
export interface FieldTexts {
  /** Names the field in the page, where its name stands in several forms of it. */
  readonly id?: string;
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  /** Why the value was refused. */
  readonly error?: string | undefined;
}

/** Returns the ids of the elements that describe a field, for assistive technology. */
export const describedBy = ({ name, id = name, hint, error }: FieldTexts): string | undefined => {
  const ids = [
    hint === undefined ? [] : [`${id}-hint`],
    error === undefined ? [] : [`${id}-problem`],
  ].flat();
  return ids.length === 0 ? undefined : ids.join(" ");
};

/** The hint and the error of a field. */
export const FieldHelp = ({ name, id = name, hint, error }: FieldTexts) => (
  <>
    {hint === undefined ? null : (
      <span class="hint" id={`${id}-hint`}>
        {hint}
      </span>
    )}
    {error === undefined ? null : (
      <span class="problem" id={`${id}-problem`}>
        <Icon name="exclamation-circle" />
        <bdi>{error}</bdi>
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
  const { name, id = name, label, error } = texts;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
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
  path = c.req.path,
}: {
  c: PageContext;
  cursor: string | undefined;
  nextCursor: string | null;
  /** The path of the list, where a form's answer shows it. */
  path?: string;
}) {
  const { common } = c.var.words;
  const pageUrl = (next: string | null): string => {
    const query = new URLSearchParams(c.req.query());
    if (next === null) query.delete("cursor");
    else query.set("cursor", next);
    return query.size === 0 ? path : `${path}?${query.toString()}`;
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
