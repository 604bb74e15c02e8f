import type { Child } from "hono/jsx";

/** Something that the reader should see first. */
export const Notice = ({ kind, children }: { kind?: "warn" | "bad"; children?: Child }) => (
  <div class={`notice ${kind ?? ""}`} role={kind === "bad" ? "alert" : "status"}>
    {children}
  </div>
);

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly type?: string;
  readonly value?: string | undefined;
  readonly hint?: string;
  /** Why what was typed does not do. */
  readonly problem?: string | undefined;
  readonly required?: boolean;
  readonly autocomplete?: string;
  readonly minlength?: number;
}

/** A labelled field, with what is wrong with it beside it. */
export function Field({ name, label, type = "text", value, hint, problem, required, autocomplete, minlength }: FieldProps) {
  const about = [hint === undefined ? "" : `${name}-hint`, problem === undefined ? "" : `${name}-problem`].join(" ").trim();
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
        aria-invalid={problem === undefined ? undefined : "true"}
        aria-describedby={about === "" ? undefined : about}
      />
      {hint === undefined ? null : (
        <span class="hint" id={`${name}-hint`}>
          {hint}
        </span>
      )}
      {problem === undefined ? null : (
        <span class="badge bad" id={`${name}-problem`}>
          {problem}
        </span>
      )}
    </div>
  );
}

/** What is shown where nothing is yet. */
export const Empty = ({ children }: { children?: Child }) => <div class="empty">{children}</div>;

/** A text to be copied, with a button for who has scripts. */
export const Copyable = ({ id, text, copy, copied }: { id: string; text: string; copy: string; copied: string }) => (
  <div>
    <pre id={id}>{text}</pre>
    <button type="button" class="plain" data-copy={id} data-copied={copied} data-needs-script hidden>
      {copy}
    </button>
  </div>
);
