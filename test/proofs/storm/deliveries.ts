import { createHmac } from "node:crypto";

interface EventLike {
  readonly id: string;
  readonly type: string;
}

/** A delivery as it is sent. `signature` is the header, null for none. */
interface Delivery {
  readonly body: string;
  readonly signature: string | null;
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/**
 * Signs a body as Stripe documents it: HMAC-SHA256 of `timestamp.body`. Written from the
 * documentation, so that it does not share a mistake with the package that verifies.
 */
function signatureOf(body: string, secret: string, seconds = nowSeconds(), scheme = "v1"): string {
  const mac = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},${scheme}=${mac}`;
}

/** Returns a genuine delivery of an event. */
export function sign(event: EventLike, secret: string): Delivery {
  const body = JSON.stringify(event);
  return { body, signature: signatureOf(body, secret) };
}

/** Ways to forge a delivery. Each has to be refused, whatever the event. */
const WAYS = {
  "no signature": (body: string): Delivery => ({ body, signature: null }),
  "an empty signature": (body: string): Delivery => ({ body, signature: "" }),
  "a signature that is no signature": (body: string): Delivery => ({
    body,
    signature: "t=now,v1=yes",
  }),
  "somebody else's secret": (body: string): Delivery => ({
    body,
    signature: signatureOf(body, "whsec_of_somebody_else"),
  }),
  "a body changed after signing": (body: string, secret: string): Delivery => ({
    body: body.replace("}", " }"),
    signature: signatureOf(body, secret),
  }),
  "the signature of another event": (body: string, secret: string): Delivery => ({
    body,
    signature: signatureOf('{"id":"evt_other"}', secret),
  }),
  "a replay an hour later": (body: string, secret: string): Delivery => ({
    body,
    signature: signatureOf(body, secret, nowSeconds() - 3600),
  }),
  "a signature from the future": (body: string, secret: string): Delivery => ({
    body,
    signature: signatureOf(body, secret, nowSeconds() + 3600),
  }),
  "only the test scheme v0": (body: string, secret: string): Delivery => ({
    body,
    signature: signatureOf(body, secret, nowSeconds(), "v0"),
  }),
} as const;
export type Forgery = keyof typeof WAYS;

const isForgery = (name: string): name is Forgery => Object.hasOwn(WAYS, name);
/** The names of all ways. */
export const FORGERIES: readonly Forgery[] = Object.keys(WAYS).filter(isForgery);

/** Returns a forged event that says that a page was paid, for which nobody paid. */
export function forge(
  forgery: Forgery,
  event: EventLike,
  { secret, unpaidSessionId }: { readonly secret: string; readonly unpaidSessionId: string },
): Delivery {
  const body = JSON.stringify({
    ...event,
    id: `${event.id}forged`,
    type: "checkout.session.completed",
    data: {
      object: {
        id: unpaidSessionId,
        object: "checkout.session",
        status: "complete",
        payment_status: "paid",
      },
    },
  });
  return WAYS[forgery](body, secret);
}
