import { clearSessionCookie } from "../../auth/index.ts";
import { ApiRefusal, unwrap } from "../api.ts";
import type { PageContext } from "../context.ts";
import type { FormValues } from "../form-components.tsx";
import { renderPage } from "../layout.tsx";
import { type Flash, flash } from "../ui/flash.ts";
import { IdentitiesSection } from "./identities.tsx";
import { DataSection, LanguageSection, MoreSection } from "./more.tsx";
import { PasskeysSection } from "./passkeys.tsx";
import { PasswordSection } from "./password.tsx";
import { ProfileSection } from "./profile.tsx";
import type { RefusedForm } from "./refused-form.tsx";
import { SecondFactorSection } from "./second-factor.tsx";
import { SessionsSection } from "./sessions.tsx";

async function renderAccount(c: PageContext, refused: RefusedForm | null) {
  const { auth } = c.var.api.api;
  const { account: words } = c.var.words;
  const [email, methods, identities, sessions] = await Promise.all([
    unwrap(auth.email.$get()),
    unwrap(auth["sign-in-methods"].$get()),
    unwrap(auth.identities.$get()),
    unwrap(auth.sessions.$get()),
  ]);
  const props = { c, refused, hasPassword: methods.hasPassword };
  return renderPage(
    c,
    {
      title: words.title,
      scripts: ["/passkeys.js"],
      children: (
        <>
          <h1>{words.title}</h1>
          <ProfileSection {...props} email={email} />
          <PasswordSection {...props} />
          <PasskeysSection {...props} methods={methods} />
          <IdentitiesSection {...props} identities={identities.data} />
          <SecondFactorSection {...props} methods={methods} />
          <SessionsSection {...props} sessions={sessions.data} />
          <LanguageSection c={c} />
          <MoreSection c={c} />
          <DataSection c={c} />
        </>
      ),
    },
    refused?.error.status ?? 200,
  );
}

/** `GET /account`: shows the reader's account, a section for each part of it. */
export const accountPage = (c: PageContext) => renderAccount(c, null);

/** Reads the fields of a form as they were typed: blanks at the ends are part of a password. */
export async function readFields(c: PageContext): Promise<FormValues> {
  const entries = Object.entries(await c.req.parseBody());
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
}

/**
 * Answers a form of the account's page. What succeeds is told once, on the page to which this
 * redirects. What is refused is shown on the page, with what was typed.
 * @param form the part of its path after `/account/`
 * @param act does it over the wire, and returns what is told, or the page that shows more
 */
export const submitForm =
  (form: string, act: (c: PageContext, values: FormValues) => Promise<Flash | Response>) =>
  async (c: PageContext) => {
    const values = await readFields(c);
    try {
      const done = await act(c, values);
      if (done instanceof Response) return done;
      flash(c, done);
      return c.redirect("/account", 303);
    } catch (error) {
      if (!(error instanceof ApiRefusal) || isSignedOut(error)) throw error;
      return await renderAccount(c, { form, error, values });
    }
  };

/** Whether a refusal means that the session has ended: a wrong password has this status, too. */
const isSignedOut = ({ status, body }: ApiRefusal): boolean =>
  status === 401 && body.code !== "invalid_credentials";

/** `POST /account/sign-in-again`: ends the session, so that one begins which is recent. */
export async function signInAgain(c: PageContext) {
  const refreshToken = clearSessionCookie(c);
  if (refreshToken !== undefined) await c.var.api.api.auth.logout.$post({ json: { refreshToken } });
  return c.redirect("/login?next=%2Faccount", 303);
}
