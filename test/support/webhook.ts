import { Stripe } from "stripe";
import { call } from "./call.ts";

const { webhooks } = new Stripe("sk_test_x");
let eventCount = 0;

/** The event types that are about a checkout session. */
export const SESSION_EVENTS = [
  "checkout.session.completed",
  "checkout.session.async_payment_succeeded",
  "checkout.session.async_payment_failed",
  "checkout.session.expired",
] as const;
export const [COMPLETED] = SESSION_EVENTS;

/**
 * Returns an event as Stripe formats it, about an object that it only names: the receiver has to
 * fetch it.
 */
export function buildEvent(type: string, objectId: string, more: object = {}) {
  eventCount += 1;
  return {
    id: `evt_test${eventCount}x${crypto.randomUUID().slice(0, 8)}`,
    object: "event",
    type,
    api_version: Stripe.API_VERSION,
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    data: { object: { id: objectId } },
    ...more,
  };
}

/** Returns a signed delivery of an event, ready to be sent. */
export async function signDelivery(
  event: object,
  path = "/api/webhooks/stripe",
  secret = "whsec_test_local",
): Promise<Request> {
  const payload = JSON.stringify(event);
  const signature = await webhooks.generateTestHeaderStringAsync({ payload, secret });
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "stripe-signature": signature,
  };
  return new Request(`http://farebox.test${path}`, { method: "POST", headers, body: payload });
}

/** Delivers an event to the Worker, signed as Stripe signs it. */
export async function deliverEvent(event: object, path?: string): Promise<Response> {
  const request = await signDelivery(event, path);
  return await call("POST", new URL(request.url).pathname, {
    body: await request.text(),
    headers: Object.fromEntries(request.headers),
  });
}
