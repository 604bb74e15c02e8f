import type { ContentfulStatusCode } from "hono/utils/http-status";
import { z } from "zod";
import { clearSessionCookie, setSessionCookie } from "../auth/index.ts";
import { clearSiteData } from "../http/clear-site-data.ts";
import { isMailOn } from "../mail/index.ts";
import { AgreeToTerms } from "./agree-to-terms.tsx";
import { ApiRefusal, unwrap } from "./api.ts";
import { Field, Notice } from "./components.tsx";
import { keepSignUp } from "./confirm-sign-up.tsx";
import type { PageContext } from "./context.ts";
import { renderPage } from "./layout.tsx";
import { trimInput } from "./parse-input.ts";
import { PasskeySignIn } from "./passkey-sign-in.tsx";
import { ProviderButtons } from "./provider-buttons.tsx";
import { refusalText } from "./refusal-text.ts";
import { renderSecondFactor } from "./second-factor.tsx";
import { toLocalPath } from "./to-local-path.ts";
import { TurnstileWidget } from "./turnstile.tsx";

type SignKind = "in" | "up";

const signForm = z.object({
  email: z.string().transform(trimInput),
  password: z.string(),
  name: z.string().transform(trimInput).optional(),
  next: z.string().optional(),
  turnstileToken: z.string().optional(),
});

interface SignFormState {
  readonly email?: string;
  readonly name?: string | undefined;
  readonly error?: ApiRefusal;
  /** Whether a page that requires signing in sent the reader here. */
  readonly isRedirected?: boolean;
  /** A problem from elsewhere: at a provider. */
  readonly problem?: { readonly text: string; readonly status: ContentfulStatusCode };
  /** Whether the reader has just chosen a new password. */
  readonly isReset?: boolean;
}

/** Shows the form that signs in or up. */
export function renderSignForm(
  c: PageContext,
  kind: SignKind,
  next: string,
  { email, name, error, problem, isRedirected = false, isReset = false }: SignFormState = {},
) {
  const { sign } = c.var.words;
  const [title, button] =
    kind === "in" ? [sign.inTitle, sign.inButton] : [sign.upTitle, sign.upButton];
  const errorFor = (field: string) =>
    error?.body.param === field ? refusalText(c, error) : undefined;
  const hasFormError =
    error !== undefined &&
    ["email", "password", "turnstileToken"].every((field) => errorFor(field) === undefined);
  // The default path is left out of the address.
  const nextQuery = next === toLocalPath(undefined) ? "" : `?next=${encodeURIComponent(next)}`;
  const otherPath = `${kind === "in" ? "/signup" : "/login"}${nextQuery}`;
  return renderPage(
    c,
    {
      title,
      width: "narrow",
      ...(kind === "in" ? { scripts: ["/passkeys.js"] } : {}),
      children: (
        <>
          <h1>{title}</h1>
          {isRedirected ? <Notice>{c.var.words.errors.signInFirst}</Notice> : null}
          {isReset ? <Notice>{c.var.words.mailed.resetDone}</Notice> : null}
          {problem === undefined ? null : <Notice kind="bad">{problem.text}</Notice>}
          {hasFormError ? <Notice kind="bad">{refusalText(c, error)}</Notice> : null}
          <form method="post" action={kind === "in" ? "/login" : "/signup"}>
            <input type="hidden" name="next" value={next} />
            <Field
              name="email"
              label={sign.email}
              type="email"
              value={email}
              error={errorFor("email")}
              autocomplete="email"
              required
            />
            {kind === "up" ? (
              <Field name="name" label={sign.name} value={name} autocomplete="name" />
            ) : null}
            <Field
              name="password"
              label={sign.password}
              type="password"
              {...(kind === "up" ? { hint: sign.passwordHint, minlength: 8 } : {})}
              error={errorFor("password")}
              autocomplete={kind === "in" ? "current-password" : "new-password"}
              required
            />
            <TurnstileWidget c={c} isRefused={errorFor("turnstileToken") !== undefined} />
            {kind === "up" ? <AgreeToTerms c={c} /> : null}
            <button type="submit">{button}</button>
          </form>
          {kind === "in" ? <PasskeySignIn c={c} next={next} /> : null}
          <ProviderButtons c={c} next={next} />
          {kind === "in" && isMailOn(c.var.ctx) ? (
            <p class="muted">
              <a href="/forgot">{c.var.words.mailed.forgot}</a>
            </p>
          ) : null}
          <p class="muted">
            {kind === "in" ? sign.toUp : sign.toIn}{" "}
            <a href={otherPath}>{kind === "in" ? sign.upTitle : sign.inTitle}</a>
          </p>
        </>
      ),
    },
    error?.status ?? problem?.status ?? 200,
  );
}

/** `GET /login` and `GET /signup`: shows the form. A reader who is signed in already is sent on. */
export const showSignForm = (kind: SignKind) => (c: PageContext) => {
  const next = toLocalPath(c.req.query("next"));
  const isRedirected = kind === "in" && c.req.query("next") !== undefined;
  return c.var.viewer === null
    ? renderSignForm(c, kind, next, {
        isRedirected,
        isReset: kind === "in" && c.req.query("reset") === "done",
      })
    : c.redirect(next, 303);
};

/**
 * `POST /login` and `POST /signup`: signs in or up over the wire, and sets the session's cookie.
 */
export const submitSignForm = (kind: SignKind) => async (c: PageContext) => {
  const form = signForm.safeParse(await c.req.parseBody());
  const { email = "", password = "", name, next, turnstileToken } = form.data ?? {};
  const { register, login } = c.var.api.api.auth;
  try {
    const more = {
      ...(name === undefined || name === "" ? {} : { name }),
      ...(turnstileToken === undefined ? {} : { turnstileToken }),
    };
    const answer = await (kind === "up"
      ? unwrap(register.$post({ json: { email, password, ...more } }))
      : unwrap(login.$post({ json: { email, password } })));
    if ("verificationId" in answer) {
      keepSignUp(c, answer.verificationId, toLocalPath(next));
      return c.redirect("/confirm", 303);
    }
    if ("challengeId" in answer)
      return renderSecondFactor(c, { challengeId: answer.challengeId, next: toLocalPath(next) });
    setSessionCookie(c, answer.refreshToken);
    return c.redirect(toLocalPath(next), 303);
  } catch (error) {
    if (error instanceof ApiRefusal)
      return renderSignForm(c, kind, toLocalPath(next), { email, name, error });
    throw error;
  }
};

/**
 * `POST /logout`: ends the session, clears its cookie, and has the browser forget what it kept of
 * the pages (https://www.w3.org/TR/clear-site-data/): drafts of messages, above all.
 */
export async function signOut(c: PageContext) {
  const refreshToken = clearSessionCookie(c);
  if (refreshToken !== undefined) await c.var.api.api.auth.logout.$post({ json: { refreshToken } });
  clearSiteData(c);
  return c.redirect("/", 303);
}
