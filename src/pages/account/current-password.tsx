import { Field } from "../components.tsx";
import { fieldError, type GuardedSectionProps } from "./refused-form.tsx";

/**
 * Asks for the reader's password; of a reader without one, says that they have to have signed in a
 * moment ago.
 */
export function CurrentPassword(props: GuardedSectionProps & { form: string }) {
  const { c, hasPassword, form } = props;
  const { account: words } = c.var.words;
  if (!hasPassword) return <p class="hint">{words.recentHint}</p>;
  return (
    <Field
      name="currentPassword"
      id={`${form}-password`}
      label={words.currentPassword}
      type="password"
      error={fieldError(props, form, "currentPassword")}
      autocomplete="current-password"
      required
    />
  );
}
