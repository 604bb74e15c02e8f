import { Stripe } from "stripe";
import { z } from "zod";
import { waitFor } from "../../../dev/demo/checks.ts";

const state = z.object({
  events: z.array(
    z.looseObject({
      id: z.string(),
      type: z.string(),
      data: z.object({ object: z.looseObject({ id: z.string() }) }),
    }),
  ),
  deliveries: z.array(
    z.object({
      event: z.string(),
      type: z.string(),
      state: z.string(),
      attempts: z.array(z.unknown()),
    }),
  ),
});
type State = z.infer<typeof state>;

async function postControl(
  stripeUrl: string,
  path: string,
  form: Record<string, string>,
): Promise<void> {
  const reply = await fetch(`${stripeUrl}/_local/${path}`, {
    method: "POST",
    body: new URLSearchParams(form),
  });
  if (!reply.ok)
    throw new Error(`The local Stripe's ${path} answers ${reply.status}: ${await reply.text()}`);
  await reply.body?.cancel();
}

/** Sets how a session's payment event will be delivered. Other sessions are not affected. */
export const setPaymentDelivery = (
  stripeUrl: string,
  sessionId: string,
  behaviour: "twice" | "late" | "out_of_order" | "never",
): Promise<void> =>
  postControl(stripeUrl, "next-events", {
    behaviour,
    type: "checkout.session.completed",
    about: sessionId,
  });

/** Releases the held deliveries. */
export const releaseHeld = (stripeUrl: string): Promise<void> =>
  postControl(stripeUrl, "release", {});

/** Sends an event again, as `stripe events resend` does. */
export const resendEvent = (stripeUrl: string, eventId: string): Promise<void> =>
  postControl(stripeUrl, `events/${eventId}/resend`, {});

async function readStripeState(stripeUrl: string): Promise<State> {
  return state.parse(await (await fetch(`${stripeUrl}/_local/state`)).json());
}

/** Waits for a session's payment event and returns it with its deliveries. */
export const waitForPaymentEvent = (stripeUrl: string, sessionId: string) =>
  waitFor("the payment's event", async () => {
    const { events, deliveries } = await readStripeState(stripeUrl);
    const event = events.find(
      ({ type, data }) => type === "checkout.session.completed" && data.object.id === sessionId,
    );
    return event === undefined
      ? undefined
      : { event, deliveries: deliveries.filter((one) => one.event === event.id) };
  });

/** Signs an event with Stripe's own package and delivers it. Returns the status of the response. */
export async function deliverSigned(url: string, secret: string, event: object): Promise<number> {
  const payload = JSON.stringify(event);
  const signature = await Stripe.webhooks.generateTestHeaderStringAsync({ payload, secret });
  const reply = await fetch(`${url}/api/webhooks/stripe`, {
    method: "POST",
    headers: { "content-type": "application/json; charset=utf-8", "stripe-signature": signature },
    body: payload,
  });
  await reply.text();
  return reply.status;
}
