import type { PageContext } from "./context.ts";
import { About, aboutOf, type Told } from "./parts.tsx";

/** A labelled field of several lines, with what is wrong with it beside it. */
export const Lines = ({
  rows = 4,
  value = "",
  required,
  ...told
}: Told & { rows?: number; value?: string; required?: boolean }) => (
  <div class="field">
    <label for={told.name}>{told.label}</label>
    <textarea
      id={told.name}
      name={told.name}
      rows={rows}
      required={required}
      aria-invalid={told.problem === undefined ? undefined : "true"}
      aria-describedby={aboutOf(told)}
    >
      {/* A browser drops the first line break of a text area. */}
      {value.startsWith("\n") ? `\n${value}` : value}
    </textarea>
    <About {...told} />
  </div>
);

/** What can be chosen: the value that is sent, and what it is called. */
export type Options = readonly (readonly [value: string, text: string])[];

/** A labelled choice of one. */
export const Select = ({
  options,
  value,
  ...told
}: Told & { options: Options; value?: string | undefined }) => (
  <div class="field">
    <label for={told.name}>{told.label}</label>
    <select
      id={told.name}
      name={told.name}
      aria-invalid={told.problem === undefined ? undefined : "true"}
      aria-describedby={aboutOf(told)}
    >
      {options.map(([one, text]) => (
        <option value={one} selected={one === value}>
          {text}
        </option>
      ))}
    </select>
    <About {...told} />
  </div>
);

/** Names what a form does, so that sending it twice does it once. See `once`. */
export const Once = () => <input type="hidden" name="once" value={crypto.randomUUID()} />;

/** The header by which the wire knows the form again that `Once` is in. */
export const onceOf = (once: string | undefined): { headers: Record<string, string> } => ({
  headers: {
    "idempotency-key":
      once === undefined || !/^[\w-]{1,64}$/.test(once) ? crypto.randomUUID() : once,
  },
});

/**
 * What was typed, by the names of the fields, without the space around it. Files and repeated
 * fields are not asked for.
 */
export async function typedIn(c: PageContext): Promise<Readonly<Record<string, string>>> {
  const typed = Object.entries(await c.req.parseBody());
  return Object.fromEntries(
    typed.flatMap(([name, value]) => (typeof value === "string" ? [[name, value.trim()]] : [])),
  );
}
