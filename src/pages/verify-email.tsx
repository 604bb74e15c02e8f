import { z } from "zod";
import { isMailOn } from "../mail/index.ts";
import { ApiRefusal, expectNoContent } from "./api.ts";
import { Field, Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { renderPage } from "./layout.tsx";
import { trimInput } from "./parse-input.ts";
import { refusalText } from "./refusal-text.ts";

const verifyForm = z.object({
  token: z.string().optional(),
  code: z.string().transform(trimInput).optional(),
});

interface VerifyState {
  readonly token?: string | undefined;
  readonly error?: ApiRefusal;
  readonly isSent?: boolean;
}

function renderVerify(c: PageContext, { token, error, isSent = false }: VerifyState) {
  const { mailed } = c.var.words;
  return renderPage(
    c,
    {
      title: mailed.verifyTitle,
      width: "narrow",
      children: (
        <>
          <h1>{mailed.verifyTitle}</h1>
          {error === undefined ? null : <Notice kind="bad">{refusalText(c, error)}</Notice>}
          {isSent ? <Notice>{mailed.sentAgain}</Notice> : null}
          <p>{token === undefined ? mailed.confirmText : mailed.verifyText}</p>
          <form method="post">
            {token === undefined ? (
              <Field name="code" label={mailed.code} autocomplete="one-time-code" required />
            ) : (
              <input type="hidden" name="token" value={token} />
            )}
            <button type="submit">{mailed.confirmButton}</button>
          </form>
          <form method="post" action="/verify/send">
            <button type="submit" class="plain">
              {mailed.sendAgain}
            </button>
          </form>
        </>
      ),
    },
    error === undefined ? 200 : error.status,
  );
}

/** `GET /verify`: asks for the code of a mail; with its link, for a click. */
export const showVerifyForm = (c: PageContext) =>
  renderVerify(c, { token: c.req.query("token"), isSent: c.req.query("sent") !== undefined });

/** `POST /verify`: proves the address, or changes to the one that got the mail. */
export async function submitVerifyForm(c: PageContext) {
  const { token, code = "" } = verifyForm.safeParse(await c.req.parseBody()).data ?? {};
  try {
    const json = token === undefined ? { code } : { token };
    await expectNoContent(c.var.api.api.auth.email.confirm.$post({ json }));
    return c.redirect("/dashboard?verified=true", 303);
  } catch (error) {
    if (error instanceof ApiRefusal && error.status !== 401)
      return renderVerify(c, { token, error });
    throw error;
  }
}

/** `POST /verify/send`: sends the mail again. */
export async function sendVerifyMail(c: PageContext) {
  await expectNoContent(c.var.api.api.auth.email.send.$post());
  return c.redirect("/verify?sent=true", 303);
}

/** Asks readers to prove their address, where they did not and mails can be sent. */
export function VerifyNotice({ c }: { c: PageContext }) {
  const { viewer, words, ctx } = c.var;
  if (c.req.query("verified") !== undefined && viewer?.emailVerified === true)
    return <Notice>{words.mailed.verified}</Notice>;
  if (viewer === null || viewer.emailVerified || !isMailOn(ctx)) return null;
  return (
    <Notice kind="warn">
      {words.mailed.unverified(viewer.email)} <a href="/verify">{words.mailed.verifyTitle}</a>
    </Notice>
  );
}
