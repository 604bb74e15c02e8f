import { type ApiClient, ApiRefusal, type SuccessBody, unwrap } from "./api.ts";
import { Copyable, Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { formatNumber } from "./format.ts";
import { renderPage } from "./layout.tsx";
import { encodePathPart } from "./path-param.ts";
import { toLocalPath } from "./to-local-path.ts";
import { Icon } from "./ui/icon.tsx";

type Order = SuccessBody<ApiClient["api"]["orders"][":id"]["$get"]>;

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

/** Where a buyer continues, and the text of the link. `next` is the path that they came from. */
function continueLink(
  c: PageContext,
  { kind, subjectId }: Order,
): { readonly href: string; readonly text: string } {
  const { success: words } = c.var.words;
  const next = toLocalPath(c.req.query("next"));
  if (kind === "conversation") return { href: `/chat/${subjectId}`, text: words.toConversation };
  if (kind === "agent") return { href: `/chat?agent=${subjectId}`, text: words.toAgent };
  if (kind === "subscription") return { href: "/dashboard", text: words.goOn };
  return { href: next, text: next.startsWith("/chat/") ? words.toConversation : words.goOn };
}

/** Says what an order gave: its credits, or else its name. */
const boughtText = ({ success: words }: PageContext["var"]["words"], order: Order): string =>
  order.kind === "plan" && order.credits > 0
    ? words.added(order.credits)
    : words.ready(order.title);

/** Shows what an order bought, with the balance and a link to where it is used. */
async function renderPurchase(c: PageContext, orderId: string) {
  const { success: words, common } = c.var.words;
  const order = await unwrap(
    c.var.api.api.orders[":id"].$get({ param: { id: orderId }, query: {} }),
  );
  const [credits, key] = await Promise.all([
    unwrap(c.var.api.api.credits.$get()),
    order.kind === "conversation" && c.req.method !== "HEAD"
      ? claimOrderKey(c, orderId)
      : undefined,
  ]);
  const { href, text } = continueLink(c, order);
  const title = boughtText(c.var.words, order);
  return renderPage(c, {
    title,
    width: "narrow",
    styles: ["/wallet.css"],
    children: (
      <section class="card done">
        <Icon name="check-circle" />
        <h1>{title}</h1>
        <p class="muted">
          <bdi>{order.title}</bdi>
        </p>
        {order.credits > 0 ? (
          <p>{words.balance(formatNumber(c, Math.floor(credits.available * 100) / 100))}</p>
        ) : null}
        {key === undefined ? null : (
          <section>
            <h2>{words.key}</h2>
            <p>{words.keyOnce}</p>
            <Copyable id="new-key" text={key} copy={common.copy} copied={common.copied} />
          </section>
        )}
        <p>
          <a class="button" href={href}>
            {text}
          </a>
        </p>
        {order.kind === "subscription" ? null : (
          <p>
            <a href={`/orders/${order.id}`}>{words.receipt}</a>
          </p>
        )}
      </section>
    ),
  });
}

/** How an order says it; the first is the text of older ones. */
const HAD_TRIAL = /had (?:its|a free) trial/;

/** Returns whether an order failed because its card had a trial with another account. */
async function hadTrial(c: PageContext, orderId: string): Promise<boolean> {
  const order = await unwrap(
    c.var.api.api.orders[":id"].$get({ param: { id: orderId }, query: {} }),
  );
  return order.kind === "subscription" && HAD_TRIAL.test(order.failureReason ?? "");
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
  const isTrialRefused = hasFailed && (await hadTrial(c, session.orderId));
  return renderPage(c, {
    title: hasFailed ? words.failed : words.confirming,
    width: "narrow",
    ...(session !== null && !hasFailed ? { refreshSeconds: REFRESH_SECONDS } : {}),
    children: (
      <>
        <h1>{hasFailed ? words.failed : words.confirming}</h1>
        {isTrialRefused ? <Notice kind="warn">{words.cardHadTrial}</Notice> : null}
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

/** `GET /cancel?next=`: Stripe sends users here who leave its page without paying. */
export function cancelPage(c: PageContext) {
  const { cancel } = c.var.words;
  const next = c.req.query("next");
  return renderPage(c, {
    title: cancel.title,
    width: "narrow",
    children: (
      <>
        <h1>{cancel.title}</h1>
        <p>{cancel.text}</p>
        <div class="row">
          <a class="button" href="/pricing">
            {cancel.back}
          </a>
          {next === undefined ? null : (
            <a class="button plain" href={toLocalPath(next)}>
              {cancel.goOn}
            </a>
          )}
        </div>
      </>
    ),
  });
}
