import { noteSometimes } from "../../checks/index.ts";
import type { Failure } from "../../errors.ts";
import { describeRoute } from "../../http/describe-route.ts";
import { router } from "../../http/factory.ts";
import { limitBody } from "../../http/limits.ts";
import { refuse } from "../../http/respond.ts";
import { readEvent } from "./event.ts";
import { receiveEvent } from "./receive-event.ts";
import { webhookReceivedView } from "./wire.ts";

/**
 * The failure of any event that was not handled. The inbox has the reason, for the operator alone.
 */
const NOT_HANDLED: Failure = {
  code: "internal_error",
  message: "The event couldn't be processed. Send it again.",
};

/**
 * Stripe's webhook, under each of its addresses. Unlike every other route it takes no token: the
 * signature over the raw bytes is the credential.
 */
export const webhookRoutes = router()
  // The app limits the bodies under /api.
  .use("/webhook/stripe", limitBody)
  .use("/stripe/webhook", limitBody)
  .on(
    "POST",
    ["/api/webhooks/stripe", "/webhook/stripe", "/stripe/webhook"],
    describeRoute(
      "Receives a signed event from Stripe. The signature is the credential.",
      webhookReceivedView,
      ["invalid_signature", "invalid_request"],
    ),
    async (c) => {
      const body = new Uint8Array(await c.req.arrayBuffer());
      const event = await readEvent(c.var.ctx, body, c.req.header("stripe-signature"));
      if (!event.ok) return refuse(c, event.failure);
      await noteSometimes(c.var.ctx.db, "webhook", c.var.ctx.nowMs);
      const handled = await receiveEvent(c.var.ctx, event.value);
      return handled.ok ? c.json({ received: true }) : refuse(c, NOT_HANDLED);
    },
  );
