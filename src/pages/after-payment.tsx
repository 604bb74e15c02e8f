import { ApiRefusal, unwrap } from "./api.ts";
import { Copyable, Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { renderPage } from "./layout.tsx";
import { encodePathPart } from "./path-param.ts";
import { toLocalPath } from "./to-local-path.ts";

/** The delay before `/success` reloads while Stripe's webhook is awaited. */
const REFRESH_SECONDS = 2;

/**
 * Claims the API key that came with an order, which is shown once.
 * @returns undefined where the order has none, or it was shown before
 */
async function claimOrderKey(c: PageContext, orderId: string): Promise<string | undefined> {
  try {
    return (await unwrap(c.var.api.api.orders[":id"]["api-key"].$get({ param: { id: orderId } })))
      .key;
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 404) return undefined;
    throw error;
  }
}

/** Shows what an order bought, with a link to where it is used. */
async function renderPurchase(c: PageContext, orderId: string) {
  const { success: words, common } = c.var.words;
  const order = await unwrap(c.var.api.api.orders[":id"].$get({ param: { id: orderId } }));
  const key =
    order.kind === "conversation" && c.req.method !== "HEAD"
      ? await claimOrderKey(c, orderId)
      : undefined;
  const nextPaths = {
    conversation: `/chat/${order.subjectId}`,
    agent: `/chat?agent=${order.subjectId}`,
    plan: toLocalPath(c.req.query("next")),
    subscription: "/dashboard",
  };
  return renderPage(c, {
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
          <a class="button" href={nextPaths[order.kind]}>
            {words.goOn}
          </a>
        </p>
      </>
    ),
  });
}

/**
 * `GET /success?session_id=&next=`: Stripe sends buyers here. The page asks Stripe where the
 * webhook has not come yet, reloads until the sale is complete, then shows what was bought. `next`
 * is the path to continue at.
 */
export async function successPage(c: PageContext) {
  const { success: words } = c.var.words;
  const stripeId = c.req.query("session_id");
  // Stripe's page for changing a subscription leads here without a checkout session.
  if (stripeId === undefined && c.var.viewer !== null) return c.redirect("/dashboard", 303);
  const session =
    stripeId === undefined || c.var.viewer === null
      ? null
      : await unwrap(
          c.var.api.api["stripe-sessions"]["stripe-id"][":stripeId"].$get({
            param: { stripeId: encodePathPart(stripeId) },
            query: { refresh: "true" },
          }),
        );
  if (session?.status === "succeeded") return await renderPurchase(c, session.orderId);
  const hasFailed = session?.status === "failed" || session?.status === "canceled";
  return renderPage(c, {
    title: hasFailed ? words.failed : words.title,
    ...(session !== null && !hasFailed ? { refreshSeconds: REFRESH_SECONDS } : {}),
    children: (
      <>
        <h1>{hasFailed ? words.failed : words.title}</h1>
        {hasFailed ? null : (
          <>
            <p class="waiting" role="status">
              {words.waitingShort}
            </p>
            <p class="muted">{words.waiting}</p>
          </>
        )}
        <a class="button plain" href={hasFailed ? "/pricing" : c.req.url}>
          {hasFailed ? c.var.words.cancel.back : words.again}
        </a>
      </>
    ),
  });
}

/** `GET /cancel`: Stripe sends users here who leave its page without paying. */
export function cancelPage(c: PageContext) {
  const { cancel } = c.var.words;
  return renderPage(c, {
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
