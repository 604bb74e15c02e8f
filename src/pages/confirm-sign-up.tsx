import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import { setSessionCookie } from "../auth/index.ts";
import { ApiRefusal, unwrap } from "./api.ts";
import { Field, Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { renderPage } from "./layout.tsx";
import { trimInput } from "./parse-input.ts";
import { refusalText } from "./refusal-text.ts";
import { toLocalPath } from "./to-local-path.ts";

/** Holds the id of a sign-up that waits for its mail, and the page to go on to. */
const COOKIE_NAME = "farebox_sign_up";
const COOKIE_PATH = "/confirm";
const DAY_SECONDS = 86_400;

const pendingSignUp = z.object({ id: z.string(), next: z.string() });
const confirmForm = z.object({
  token: z.string().optional(),
  code: z.string().transform(trimInput).optional(),
  password: z.string().optional(),
});
type ConfirmForm = z.infer<typeof confirmForm>;

const cookieOptions = (c: PageContext) => ({
  path: COOKIE_PATH,
  httpOnly: true,
  sameSite: "Lax" as const,
  secure: new URL(c.req.url).protocol === "https:",
});

/** Keeps the id of a sign-up in this browser: no other may confirm it by the mail alone. */
export function keepSignUp(c: PageContext, id: string, next: string): void {
  const value = JSON.stringify({ id, next });
  setCookie(c, COOKIE_NAME, value, { ...cookieOptions(c), maxAge: DAY_SECONDS });
}

function readSignUp(c: PageContext): z.infer<typeof pendingSignUp> | null {
  try {
    return pendingSignUp.parse(JSON.parse(getCookie(c, COOKIE_NAME) ?? ""));
  } catch {
    return null;
  }
}

function renderConfirm(c: PageContext, token: string | undefined, error?: ApiRefusal) {
  const { mailed, sign } = c.var.words;
  const isHere = readSignUp(c) !== null;
  const errorFor = (name: string) =>
    error?.body.param === name ? refusalText(c, error) : undefined;
  const hasOtherError =
    error !== undefined && errorFor("code") === undefined && errorFor("password") === undefined;
  const needsPassword = token !== undefined && !isHere;
  return renderPage(
    c,
    {
      title: mailed.confirmTitle,
      width: "narrow",
      children: (
        <>
          <h1>{mailed.confirmTitle}</h1>
          {hasOtherError ? <Notice kind="bad">{refusalText(c, error)}</Notice> : null}
          {token === undefined ? <p>{mailed.confirmText}</p> : null}
          <form method="post">
            {token === undefined ? (
              <Field
                name="code"
                label={mailed.code}
                error={errorFor("code")}
                autocomplete="one-time-code"
                required
              />
            ) : (
              <input type="hidden" name="token" value={token} />
            )}
            {needsPassword ? (
              <Field
                name="password"
                label={sign.password}
                type="password"
                hint={mailed.confirmPassword}
                error={errorFor("password")}
                autocomplete="current-password"
                required
              />
            ) : null}
            <button type="submit">{mailed.confirmButton}</button>
          </form>
          <p class="muted">
            <a href="/signup">{mailed.signUpAgain}</a>
          </p>
        </>
      ),
    },
    error === undefined ? 200 : error.status,
  );
}

/** `GET /confirm`: asks for the code of a sign-up's mail; with its link, for a click. */
export const showConfirmForm = (c: PageContext) => renderConfirm(c, c.req.query("token"));

/** Returns the proof of a form: this browser's own sign-up, else the password. */
function proofOf({ token = "", code, password }: ConfirmForm, id: string | undefined) {
  if (id === undefined) return { token, password: password ?? "" };
  return code === undefined ? { token, verificationId: id } : { code, verificationId: id };
}

/** `POST /confirm`: ends a sign-up, and signs in. */
export async function submitConfirmForm(c: PageContext) {
  const form = confirmForm.safeParse(await c.req.parseBody()).data ?? {};
  const pending = readSignUp(c);
  const proof = form.password === undefined ? proofOf(form, pending?.id) : proofOf(form, undefined);
  try {
    const { refreshToken } = await unwrap(
      c.var.api.api.auth.register.confirm.$post({ json: proof }),
    );
    setSessionCookie(c, refreshToken);
    deleteCookie(c, COOKIE_NAME, cookieOptions(c));
    return c.redirect(toLocalPath(pending?.next), 303);
  } catch (error) {
    if (error instanceof ApiRefusal) return renderConfirm(c, form.token, error);
    throw error;
  }
}
