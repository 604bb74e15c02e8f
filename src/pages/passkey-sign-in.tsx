import { z } from "zod";
import { passkeySignatureField, setSessionCookie } from "../auth/index.ts";
import { ApiRefusal, unwrap } from "./api.ts";
import type { PageContext } from "./context.ts";
import { jsonField } from "./parse-input.ts";
import { renderProblem } from "./problem-page.tsx";
import { refusalText } from "./refusal-text.ts";
import { toLocalPath } from "./to-local-path.ts";

const passkeyForm = z.object({
  challengeId: z.string(),
  credential: jsonField(passkeySignatureField),
  next: z.string().optional(),
});

/**
 * Signs in by a passkey. `public/passkeys.js` shows the form in browsers that have passkeys, asks
 * for one, and sends what the browser signed.
 */
export const PasskeySignIn = ({ c, next }: { c: PageContext; next: string }) => (
  <form
    method="post"
    action="/login/passkey"
    data-passkey="get"
    data-begin="/login/passkey/begin"
    data-failed={c.var.words.factors.passkeyFailed}
    hidden
  >
    <input type="hidden" name="next" value={next} />
    <input type="hidden" name="challengeId" />
    <input type="hidden" name="credential" />
    <button type="submit" class="plain">
      {c.var.words.factors.usePasskey}
    </button>
    <p class="error" role="alert" />
  </form>
);

/** Answers a script with the wire's answer, or with the refusal in the reader's words. */
export async function answerScript(c: PageContext, pending: Promise<object>) {
  try {
    return c.json(await pending);
  } catch (error) {
    if (error instanceof ApiRefusal) return c.json({ error: refusalText(c, error) }, error.status);
    throw error;
  }
}

/** `POST /login/passkey/begin`: what the browser asks its passkeys. */
export const beginPasskeySignIn = (c: PageContext) =>
  answerScript(c, unwrap(c.var.api.api.auth.login.passkey.begin.$post()));

/** `POST /login/passkey`: signs in by what a passkey signed. */
export async function submitPasskeySignIn(c: PageContext) {
  const form = passkeyForm.safeParse(await c.req.parseBody());
  if (!form.success) return renderProblem(c, 400, c.var.words.factors.passkeyFailed);
  const { challengeId, credential, next } = form.data;
  try {
    const json = { challengeId, credential };
    const { refreshToken } = await unwrap(c.var.api.api.auth.login.passkey.$post({ json }));
    setSessionCookie(c, refreshToken);
    return c.redirect(toLocalPath(next), 303);
  } catch (error) {
    if (error instanceof ApiRefusal) return renderProblem(c, error.status, refusalText(c, error));
    throw error;
  }
}
