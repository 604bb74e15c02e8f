import type { Child } from "hono/jsx";
import { Field, Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import type { RejectedForm } from "../form-components.tsx";
import type { User } from "./user-data.ts";

/** The properties of each form by which a user is managed. */
export interface ManageProps {
  readonly c: PageContext;
  readonly user: User;
  /** The form of the page that was refused just now. */
  readonly rejected: RejectedForm | undefined;
}

/**
 * A form that stands behind its title, so that nobody sends it in passing. It is open where it was
 * refused.
 */
export const ManagePart = ({
  title,
  action,
  hint,
  isOpen,
  submit,
  isDanger = false,
  children,
}: {
  title: string;
  action: string;
  hint: string;
  isOpen: boolean;
  submit: string;
  isDanger?: boolean;
  children?: Child;
}) => (
  <details class="manage" open={isOpen}>
    <summary>{title}</summary>
    <form method="post" action={action}>
      <p class="muted">{hint}</p>
      {children}
      <button type="submit" class={isDanger ? "danger solid" : undefined}>
        {submit}
      </button>
    </form>
  </details>
);

/** Returns whether a refused form has a field of this name. */
export const isRejected = (rejected: RejectedForm | undefined, field: string): boolean =>
  rejected !== undefined && (field in rejected.values || rejected.error.param === field);

/** The field for the reason of one form: each has a name of its own on the page. */
export const ReasonField = ({
  name,
  label,
  rejected,
}: {
  name: string;
  label: string;
  rejected: RejectedForm | undefined;
}) => (
  <Field
    name={name}
    label={label}
    value={rejected?.values[name]}
    error={rejected?.error.param === name ? rejected.error.message : undefined}
    required
  />
);

/** Why a form was refused that no field of it shows. */
export const FormProblem = ({
  rejected,
  fields,
}: {
  rejected: RejectedForm | undefined;
  fields: readonly string[];
}) =>
  rejected === undefined || fields.includes(rejected.error.param) ? null : (
    <Notice kind="bad">{rejected.error.message}</Notice>
  );
