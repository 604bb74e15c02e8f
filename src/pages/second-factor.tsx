import { z } from "zod";
import { setSessionCookie } from "../auth/index.ts";
import { ApiRefusal, unwrap } from "./api.ts";
import { Field, Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { renderPage } from "./layout.tsx";
import { trimInput } from "./parse-input.ts";
import { refusalText } from "./refusal-text.ts";
import { toLocalPath } from "./to-local-path.ts";

const secondFactorForm = z.object({
  challengeId: z.string(),
  code: z.string().transform(trimInput),
  next: z.string().optional(),
});

interface SecondFactorState {
  readonly challengeId: string;
  readonly next: string;
  readonly error?: ApiRefusal;
}

/** Asks for the code of the authenticator app, or a recovery code. */
export function renderSecondFactor(
  c: PageContext,
  { challengeId, next, error }: SecondFactorState,
) {
  const { factors } = c.var.words;
  const isEnded = error?.body.param === "challengeId";
  return renderPage(
    c,
    {
      title: factors.codeTitle,
      width: "narrow",
      children: (
        <>
          <h1>{factors.codeTitle}</h1>
          {error !== undefined && error.body.param !== "code" ? (
            <Notice kind="bad">{refusalText(c, error)}</Notice>
          ) : null}
          {isEnded ? null : (
            <form method="post" action="/login/second-factor">
              <input type="hidden" name="challengeId" value={challengeId} />
              <input type="hidden" name="next" value={next} />
              <Field
                name="code"
                label={factors.code}
                hint={factors.codeHint}
                error={error?.body.param === "code" ? refusalText(c, error) : undefined}
                autocomplete="one-time-code"
                required
              />
              <button type="submit">{c.var.words.sign.inButton}</button>
            </form>
          )}
          <p class="muted">
            <a href="/login">{factors.startAgain}</a>
          </p>
        </>
      ),
    },
    error === undefined ? 200 : error.status,
  );
}

/** `POST /login/second-factor`: ends a sign-in by its second factor. */
export async function submitSecondFactor(c: PageContext) {
  const form = secondFactorForm.safeParse(await c.req.parseBody());
  const { challengeId = "", code = "", next } = form.data ?? {};
  try {
    const route = c.var.api.api.auth.login["second-factor"];
    const { refreshToken } = await unwrap(route.$post({ json: { challengeId, code } }));
    setSessionCookie(c, refreshToken);
    return c.redirect(toLocalPath(next), 303);
  } catch (error) {
    if (error instanceof ApiRefusal)
      return renderSecondFactor(c, { challengeId, next: toLocalPath(next), error });
    throw error;
  }
}
