import type { Failure } from "../../errors.ts";
import { router } from "../../http/factory.ts";
import { limitBody } from "../../http/limits.ts";
import { refuse } from "../../http/respond.ts";
import { readEvent } from "./event.ts";
import { receiveEvent } from "./receive-event.ts";

/** Why it failed is in the inbox and none of the sender's business. */
const NOT_HANDLED: Failure = {
  code: "internal_error",
  message: "The event could not be handled. Please send it again.",
};

/**
 * Stripe's webhook, under every address that it is known by. Unlike any other route it trusts
 * nobody's token: the signature over the raw bytes is the credential.
 */
export const webhookRoutes = router()
  // The app limits what is under /api.
  .use("/webhook/stripe", limitBody)
  .use("/stripe/webhook", limitBody)
  .on("POST", ["/api/webhooks/stripe", "/webhook/stripe", "/stripe/webhook"], async (c) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    const event = await readEvent(c.var.ctx, body, c.req.header("stripe-signature"));
    if (!event.ok) return refuse(c, event.failure);
    const handled = await receiveEvent(c.var.ctx, event.value);
    return handled.ok ? c.json({ received: true }) : refuse(c, NOT_HANDLED);
  });
