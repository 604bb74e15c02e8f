import { Hono } from "hono";
import { html } from "hono/html";
import { endedPage } from "../checkout/page.ts";
import type { Context } from "../context.ts";
import { formatMoney } from "../currencies.ts";
import { layout } from "../layout.ts";
import type { PaymentIntent } from "../wire.ts";
import { applyAfterAttempt } from "./after-attempt.ts";
import { resumeAfterAuthentication } from "./attempt.ts";

const authenticatePage = (intent: PaymentIntent) =>
  layout(
    "Authenticate",
    html`<h1>Your bank asks: is this you?</h1>
      <p>
        A payment of <strong>${formatMoney(intent.amount, intent.currency)}</strong>. This stands in
        for the bank's own 3D Secure page.
      </p>
      <form method="post" action="/c/intents/${intent.id}/authenticate">
        <button type="submit" name="result" value="complete">Complete</button>
        <button type="submit" name="result" value="fail">Fail</button>
      </form>`,
  );
const nothingToAuthenticatePage = endedPage(
  "Nothing to authenticate",
  "This payment waits for nobody's answer.",
  null,
);

/**
 * Builds the address to which the card holder returns, with the payment and its outcome, as Stripe
 * does.
 */
function buildReturnUrl(returnUrl: string, intent: PaymentIntent, didSucceed: boolean): string {
  const url = new URL(returnUrl);
  url.searchParams.set("payment_intent", intent.id);
  url.searchParams.set("payment_intent_client_secret", intent.client_secret ?? "");
  url.searchParams.set("redirect_status", didSucceed ? "succeeded" : "failed");
  return url.href;
}

/** Authenticates the card of an intent, or fails to. Returns false if it does not wait for that. */
export function authenticateIntent(
  ctx: Context,
  intentId: string,
  result: "complete" | "fail",
): boolean {
  const attemptResult = resumeAfterAuthentication(ctx, intentId, result === "complete");
  if (attemptResult === undefined) return false;
  applyAfterAttempt(ctx, attemptResult);
  return true;
}

/** Creates the routes of the pages of intents without a checkout session. */
export function intentRoutes(ctx: Context) {
  const findWaiting = (id: string): PaymentIntent | undefined => {
    const intent = ctx.store.paymentIntents.get(id);
    return intent?.status === "requires_action" ? intent : undefined;
  };
  return new Hono()
    .get("/:id/authenticate", (c) => {
      const intent = findWaiting(c.req.param("id"));
      return intent === undefined
        ? c.html(nothingToAuthenticatePage, 404)
        : c.html(authenticatePage(intent));
    })
    .post("/:id/authenticate", async (c) => {
      const body = await c.req.formData().catch(() => new FormData());
      const intent = findWaiting(c.req.param("id"));
      if (intent === undefined) return c.html(nothingToAuthenticatePage, 404);
      const returnUrl = intent.next_action?.redirect_to_url?.return_url ?? null;
      const result = body.get("result") === "complete" ? "complete" : "fail";
      authenticateIntent(ctx, intent.id, result);
      return returnUrl === null
        ? c.html(nothingToAuthenticatePage)
        : c.redirect(buildReturnUrl(returnUrl, intent, result === "complete"), 303);
    });
}
