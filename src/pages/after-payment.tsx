import { ApiRefusal, said } from "./api.ts";
import type { PageContext } from "./context.ts";
import { localPath } from "./local-path.ts";
import { Copyable, Notice } from "./parts.tsx";
import { wirePart } from "./path-param.ts";
import { show } from "./shell.tsx";

/** How soon `/success` looks again while Stripe has not told us yet. */
const REFRESH_SECONDS = 2;

/** The key that came with an order, this once; undefined where none did, or it was shown before. */
async function newKey(c: PageContext, orderId: string): Promise<string | undefined> {
  try {
    return (await said(c.var.api.api.orders[":id"]["api-key"].$get({ param: { id: orderId } })))
      .key;
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 404) return undefined;
    throw error;
  }
}

/** What was bought, and where to go on with it. */
async function boughtPage(c: PageContext, orderId: string) {
  const { success: words, common } = c.var.words;
  const order = await said(c.var.api.api.orders[":id"].$get({ param: { id: orderId } }));
  const key =
    order.kind === "conversation" && c.req.method !== "HEAD" ? await newKey(c, orderId) : undefined;
  const next = {
    conversation: `/chat/${order.subjectId}`,
    agent: `/chat?agent=${order.subjectId}`,
    plan: localPath(c.req.query("next")),
    subscription: "/dashboard",
  };
  return show(c, {
    title: words.title,
    children: (
      <>
        <h1>{words.title}</h1>
        <Notice>
          <p>
            {words.bought}: <strong>{order.title}</strong>
          </p>
        </Notice>
        {key === undefined ? null : (
          <section class="card">
            <h2>{words.key}</h2>
            <p>{words.keyOnce}</p>
            <Copyable id="new-key" text={key} copy={common.copy} copied={common.copied} />
          </section>
        )}
        <p>
          <a class="button" href={next[order.kind]}>
            {words.goOn}
          </a>
        </p>
      </>
    ),
  });
}

/**
 * `/success?session_id=`, `&next=` where to go on: where Stripe sends who has paid. Waits for the
 * webhook, then says what is theirs.
 */
export async function successPage(c: PageContext) {
  const { success: words } = c.var.words;
  const stripeId = c.req.query("session_id");
  // From the page on which a subscription was changed, which has no checkout session to wait for.
  if (stripeId === undefined && c.var.viewer !== null) return c.redirect("/dashboard", 303);
  const session =
    stripeId === undefined || c.var.viewer === null
      ? null
      : await said(
          c.var.api.api["stripe-sessions"]["stripe-id"][":stripeId"].$get({
            param: { stripeId: wirePart(stripeId) },
          }),
        );
  if (session?.status === "succeeded") return await boughtPage(c, session.orderId);
  const ended = session?.status === "failed" || session?.status === "canceled";
  return show(c, {
    title: ended ? words.failed : words.title,
    ...(session !== null && !ended ? { refreshSeconds: REFRESH_SECONDS } : {}),
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
