import type { ApiRefusal } from "../api.ts";
import { Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import type { FormValues } from "../form-components.tsx";
import { refusalText } from "../refusal-text.ts";

/** A form of the account's pages that was refused. It is shown again with what was typed. */
export interface RefusedForm {
  /** The part of its path after `/account/`. */
  readonly form: string;
  readonly error: ApiRefusal;
  readonly values: FormValues;
}

/** The properties of each section of the account's page. */
export interface SectionProps {
  readonly c: PageContext;
  /** The form of the page that was refused just now; null as a rule. */
  readonly refused: RefusedForm | null;
}

/** The same, of a section whose forms ask for the password of whoever has one. */
export interface GuardedSectionProps extends SectionProps {
  readonly hasPassword: boolean;
}

/** Returns what a refusal says here, in the reader's language. */
function textOf(c: PageContext, error: ApiRefusal): string {
  const { account: words } = c.var.words;
  if (error.body.code === "invalid_credentials") return words.wrongPassword;
  if (error.body.code === "recent_sign_in_required") return words.recentNeeded;
  return refusalText(c, error);
}

/**
 * Returns why a field of a form was refused.
 * @param param the wire's name of the field
 */
export const fieldError = (
  { c, refused }: SectionProps,
  form: string,
  param: string,
): string | undefined =>
  refused?.form === form && refused.error.body.param === param
    ? textOf(c, refused.error)
    : undefined;

/**
 * Says why a form was refused, where none of its fields is at fault. It stands beside the form, as
 * it may hold one of its own: the one for signing in again.
 * @param params the wire's names of the form's fields
 */
export function FormRefusal({
  c,
  refused,
  form,
  params,
}: SectionProps & { form: string; params: readonly string[] }) {
  if (refused?.form !== form || params.includes(refused.error.body.param ?? "")) return null;
  const { error } = refused;
  return (
    <Notice kind="bad">
      <p>{textOf(c, error)}</p>
      {error.body.code === "recent_sign_in_required" ? (
        <form method="post" action="/account/sign-in-again">
          <button type="submit" class="plain">
            {c.var.words.account.signInAgain}
          </button>
        </form>
      ) : null}
    </Notice>
  );
}
