import { expectNoContent } from "../api.ts";
import { Field } from "../components.tsx";
import type { PageContext } from "../context.ts";
import type { FormValues } from "../form-components.tsx";
import type { Flash } from "../ui/flash.ts";
import { FormRefusal, fieldError, type GuardedSectionProps } from "./refused-form.tsx";

/** The form that changes the reader's password, or sets the first one. */
export function PasswordSection(props: GuardedSectionProps) {
  const { c, hasPassword } = props;
  const { account: words, sign } = c.var.words;
  const button = hasPassword ? words.changePassword : words.setPassword;
  return (
    <section class="card">
      <h2>{words.password}</h2>
      <p class="muted">{hasPassword ? words.changeHint : words.noPassword}</p>
      <FormRefusal {...props} form="password" params={["currentPassword", "newPassword"]} />
      <form method="post" action="/account/password">
        {hasPassword ? (
          <Field
            name="currentPassword"
            label={words.currentPassword}
            type="password"
            error={fieldError(props, "password", "currentPassword")}
            autocomplete="current-password"
            required
          />
        ) : (
          <p class="hint">{words.recentHint}</p>
        )}
        <Field
          name="newPassword"
          label={words.newPassword}
          type="password"
          hint={sign.passwordHint}
          error={fieldError(props, "password", "newPassword")}
          autocomplete="new-password"
          minlength={8}
          required
        />
        <button type="submit" class="plain">
          {button}
        </button>
      </form>
    </section>
  );
}

/** `POST /account/password`: changes the password, or sets the first one. */
export async function changePassword(c: PageContext, values: FormValues): Promise<Flash> {
  const { currentPassword, newPassword = "" } = values;
  const json = { newPassword, ...(currentPassword === undefined ? {} : { currentPassword }) };
  await expectNoContent(c.var.api.api.auth.password.$post({ json }));
  return "password";
}
