import { ApiRefusal, unwrap } from "./api.ts";
import { Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { renderPage } from "./layout.tsx";
import { refusalText } from "./refusal-text.ts";

/** `GET /unsubscribe?token=`: asks for a click. Mail programs open links on their own. */
export function showUnsubscribeForm(c: PageContext) {
  const { mailChoice: words } = c.var.words;
  return renderPage(c, {
    title: words.unsubscribeTitle,
    width: "narrow",
    children: (
      <>
        <h1>{words.unsubscribeTitle}</h1>
        <p>{words.unsubscribeText}</p>
        <form method="post">
          <button type="submit">{words.unsubscribeButton}</button>
        </form>
      </>
    ),
  });
}

/**
 * `POST /unsubscribe?token=`: turns off the mails that the link is of. Mail programs send it too,
 * on behalf of a reader who has not signed in (https://www.rfc-editor.org/rfc/rfc8058): the token
 * alone decides, and the body is not read.
 */
export async function submitUnsubscribeForm(c: PageContext) {
  const { mailChoice: words } = c.var.words;
  const token = c.req.query("token") ?? "";
  const result = await unwrap(c.var.api.api.mails.unsubscribe.$post({ json: { token } })).catch(
    (error: unknown) => {
      if (error instanceof ApiRefusal) return error;
      throw error;
    },
  );
  const isRefused = result instanceof ApiRefusal;
  return renderPage(
    c,
    {
      title: words.unsubscribeTitle,
      width: "narrow",
      children: (
        <>
          <h1>{words.unsubscribeTitle}</h1>
          {isRefused ? (
            <Notice kind="bad">{refusalText(c, result)}</Notice>
          ) : (
            <Notice>{words.unsubscribed(words.kinds[result.kind])}</Notice>
          )}
          <p>
            <a href="/account/mail">{words.title}</a>
          </p>
        </>
      ),
    },
    isRefused ? result.status : 200,
  );
}
