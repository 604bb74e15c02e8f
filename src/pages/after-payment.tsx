import { said } from "./api.ts";
import type { PageContext } from "./context.ts";
import { Notice } from "./parts.tsx";
import { show } from "./shell.tsx";

/** How soon `/success` looks again while Stripe has not told us yet. */
const LOOK_AGAIN_SECONDS = 2;

/** `/success?session_id=`: where Stripe sends who has paid. Waits for the webhook, then says what is theirs. */
export async function successPage(c: PageContext) {
  const { success: words } = c.var.words;
  const stripeId = c.req.query("session_id");
  const session =
    stripeId === undefined || c.var.viewer === null
      ? null
      : await said(c.var.api.api["stripe-sessions"]["stripe-id"][":stripeId"].$get({ param: { stripeId } }));
  if (session?.status === "succeeded") {
    return show(c, {
      title: words.title,
      children: (
        <>
          <h1>{words.title}</h1>
          <Notice>
            <p>
              {words.bought}: <strong>{session.plan.name}</strong>
            </p>
          </Notice>
          <a class="button" href="/dashboard">
            {words.goOn}
          </a>
        </>
      ),
    });
  }
  const ended = session?.status === "failed" || session?.status === "canceled";
  return show(c, {
    title: ended ? words.failed : words.title,
    ...(session !== null && !ended ? { refreshSeconds: LOOK_AGAIN_SECONDS } : {}),
    children: (
      <>
        <h1>{ended ? words.failed : words.title}</h1>
        {ended ? null : (
          <>
            <p class="waiting" role="status">
              {words.waitingShort}
            </p>
            <p class="muted">{words.waiting}</p>
          </>
        )}
        <a class="button plain" href={ended ? "/pricing" : c.req.url}>
          {ended ? c.var.words.cancel.back : words.again}
        </a>
      </>
    ),
  });
}

/** `/cancel`: where Stripe sends who left its page. */
export function cancelPage(c: PageContext) {
  const { cancel } = c.var.words;
  return show(c, {
    title: cancel.title,
    children: (
      <>
        <h1>{cancel.title}</h1>
        <p>{cancel.text}</p>
        <a class="button" href="/pricing">
          {cancel.back}
        </a>
      </>
    ),
  });
}
