import type { ApiRefusal } from "./api.ts";
import { describedBy, FieldHelp, type FieldTexts } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { trimInput } from "./parse-input.ts";

/** A labelled field of several lines, with its hint and its error. */
export const TextArea = ({
  rows = 4,
  value = "",
  required,
  ...field
}: FieldTexts & { rows?: number; value?: string; required?: boolean }) => (
  <div class="field">
    <label for={field.id ?? field.name}>{field.label}</label>
    <textarea
      id={field.id ?? field.name}
      name={field.name}
      rows={rows}
      required={required}
      aria-invalid={field.error === undefined ? undefined : "true"}
      aria-describedby={describedBy(field)}
    >
      {/* A browser drops the first line break of a text area. */}
      {value.startsWith("\n") ? `\n${value}` : value}
    </textarea>
    <FieldHelp {...field} />
  </div>
);

/** The options of a choice: the value that is sent, and the text that is shown. */
export type Options = readonly (readonly [value: string, text: string])[];

/** A labelled choice of one option, with its hint and its error. */
export const Select = ({
  options,
  value,
  ...field
}: FieldTexts & { options: Options; value?: string | undefined }) => (
  <div class="field">
    <label for={field.name}>{field.label}</label>
    <select
      id={field.name}
      name={field.name}
      aria-invalid={field.error === undefined ? undefined : "true"}
      aria-describedby={describedBy(field)}
    >
      {options.map(([option, text]) => (
        <option value={option} selected={option === value}>
          {text}
        </option>
      ))}
    </select>
    <FieldHelp {...field} />
  </div>
);

/** A hidden idempotency key, so that a form that is sent twice acts once. */
export const IdempotencyField = () => (
  <input type="hidden" name="once" value={crypto.randomUUID()} />
);

/** Returns the request options with the `Idempotency-Key` of a form. */
export const idempotencyHeader = (
  once: string | undefined,
): { headers: Record<string, string> } => ({
  headers: {
    "idempotency-key":
      once === undefined || !/^[\w-]{1,64}$/.test(once) ? crypto.randomUUID() : once,
  },
});

/** The values of a form, by the names of its fields. */
export type FormValues = Readonly<Record<string, string>>;

/** A field that was refused, by its name in the form, and why. */
export interface FieldError {
  readonly param: string;
  readonly message: string;
}

/** A form that was refused. It is shown again with what was typed. */
export interface RejectedForm {
  readonly error: FieldError;
  readonly values: FormValues;
}

/** Returns the field that the wire refused. `param` is empty where it names none. */
export const toFieldError = ({ body, message }: ApiRefusal): FieldError => ({
  param: body.param ?? "",
  message,
});

/** Reads the fields of a form, without the space around their values. Files are left out. */
export async function readForm(c: PageContext): Promise<FormValues> {
  const entries = Object.entries(await c.req.parseBody());
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      typeof value === "string" ? [[name, trimInput(value)]] : [],
    ),
  );
}
