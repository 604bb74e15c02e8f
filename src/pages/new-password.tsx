import { z } from "zod";
import { clearSessionCookie } from "../auth/index.ts";
import { ApiRefusal, expectNoContent } from "./api.ts";
import { Field, Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { renderPage } from "./layout.tsx";
import { trimInput } from "./parse-input.ts";
import { refusalText } from "./refusal-text.ts";
import { TurnstileWidget } from "./turnstile.tsx";

const forgotForm = z.object({
  email: z.string().transform(trimInput),
  turnstileToken: z.string().optional(),
});
const resetForm = z.object({ token: z.string(), newPassword: z.string() });

function renderForgot(
  c: PageContext,
  { email, error, isSent }: { email?: string; error?: ApiRefusal; isSent?: boolean } = {},
) {
  const { mailed, sign } = c.var.words;
  const isTokenRefused = error?.body.param === "turnstileToken";
  return renderPage(
    c,
    {
      title: mailed.forgotTitle,
      width: "narrow",
      children: (
        <>
          <h1>{mailed.forgotTitle}</h1>
          {isSent === true ? <Notice>{mailed.forgotSent}</Notice> : <p>{mailed.forgotText}</p>}
          <form method="post">
            <Field
              name="email"
              label={sign.email}
              type="email"
              value={email}
              error={error === undefined || isTokenRefused ? undefined : refusalText(c, error)}
              autocomplete="email"
              required
            />
            <TurnstileWidget c={c} isRefused={isTokenRefused} />
            <button type="submit">{mailed.forgotButton}</button>
          </form>
          <p class="muted">
            <a href="/login">{sign.inTitle}</a>
          </p>
        </>
      ),
    },
    error === undefined ? 200 : error.status,
  );
}

/** `GET /forgot`: asks for the address of somebody who forgot the password. */
export const showForgotForm = (c: PageContext) => renderForgot(c);

/** `POST /forgot`: has a link mailed. The page is the same for known and unknown addresses. */
export async function submitForgotForm(c: PageContext) {
  const form = forgotForm.safeParse(await c.req.parseBody()).data;
  const { email = "", turnstileToken } = form ?? {};
  try {
    const json = { email, ...(turnstileToken === undefined ? {} : { turnstileToken }) };
    await expectNoContent(c.var.api.api.auth["forgot-password"].$post({ json }));
    return renderForgot(c, { email, isSent: true });
  } catch (error) {
    if (error instanceof ApiRefusal) return renderForgot(c, { email, error });
    throw error;
  }
}

function renderReset(c: PageContext, token: string, error?: ApiRefusal) {
  const { mailed } = c.var.words;
  const isAboutPassword = error?.body.param === "newPassword";
  return renderPage(
    c,
    {
      title: mailed.resetTitle,
      width: "narrow",
      children: (
        <>
          <h1>{mailed.resetTitle}</h1>
          {token === "" ? <Notice kind="bad">{mailed.noToken}</Notice> : null}
          {error === undefined || isAboutPassword ? null : (
            <Notice kind="bad">{refusalText(c, error)}</Notice>
          )}
          <form method="post">
            <input type="hidden" name="token" value={token} />
            <Field
              name="newPassword"
              label={mailed.newPassword}
              type="password"
              hint={c.var.words.sign.passwordHint}
              error={isAboutPassword ? refusalText(c, error) : undefined}
              autocomplete="new-password"
              minlength={8}
              required
            />
            <button type="submit">{mailed.resetButton}</button>
          </form>
          <p class="muted">
            <a href="/forgot">{mailed.forgotButton}</a>
          </p>
        </>
      ),
    },
    error === undefined ? 200 : error.status,
  );
}

/** `GET /reset`: asks for the new password. Opening the link spends nothing: programs do so too. */
export const showResetForm = (c: PageContext) => renderReset(c, c.req.query("token") ?? "");

/** `POST /reset`: sets the new password, and leads to signing in. */
export async function submitResetForm(c: PageContext) {
  const { token = "", newPassword = "" } = resetForm.safeParse(await c.req.parseBody()).data ?? {};
  try {
    const json = { token, newPassword };
    await expectNoContent(c.var.api.api.auth["reset-password"].$post({ json }));
  } catch (error) {
    if (error instanceof ApiRefusal) return renderReset(c, token, error);
    throw error;
  }
  clearSessionCookie(c);
  return c.redirect("/login?reset=done", 303);
}
