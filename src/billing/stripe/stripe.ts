import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import { ok, type Result } from "../../errors.ts";
import { STRIPE_UNAVAILABLE, toStripeFailure } from "./stripe-failure.ts";

/**
 * Stripe answers within a second or two; after this it is taken for unreachable, and the request is
 * tried again.
 */
const TIMEOUT_MS = 20_000;
const RETRIES_MAX = 2;

const clients = new WeakMap<Config, Stripe>();

async function createClient(config: Config): Promise<Stripe> {
  // Loaded when first needed: it would double the time in which a Worker starts, and most requests
  // never ask Stripe.
  const { default: Client } = await import("stripe");
  const base = config.STRIPE_API_BASE === undefined ? undefined : new URL(config.STRIPE_API_BASE);
  const protocol = base?.protocol === "http:" ? "http" : "https";
  return new Client(config.STRIPE_SECRET_KEY, {
    httpClient: Client.createFetchHttpClient((input: RequestInfo | URL, init?: RequestInit) =>
      fetch(input, init),
    ),
    timeout: TIMEOUT_MS,
    maxNetworkRetries: RETRIES_MAX,
    telemetry: false,
    ...(base === undefined
      ? {}
      : { protocol, host: base.hostname, port: base.port || (protocol === "http" ? 80 : 443) }),
  });
}

/**
 * The Stripe client for these settings. The API version is the one that the package was made for.
 */
export async function stripeClient(config: Config): Promise<Stripe> {
  const known = clients.get(config);
  if (known !== undefined) return known;
  // The client is kept and not its promise: a request must not wait for what another one, which may
  // be cut off, began.
  const client = await createClient(config);
  clients.set(config, client);
  return client;
}

/**
 * Asks Stripe for something.
 * @returns what Stripe gave, or `billing_unavailable` (it cannot be reached or is not well),
 *   `card_declined` or `stripe_refused` (it said no: its own code is in `param`), `misconfigured`
 *   (it does not know our key)
 */
export async function callStripe<T extends { readonly object: string }>(
  config: Config,
  call: (stripe: Stripe) => Promise<T>,
): Promise<Result<T>> {
  const stripe = await stripeClient(config);
  try {
    const value = await call(stripe);
    // The types promise it, but what answered may be a proxy on the way: everything of Stripe's
    // says what it is.
    return typeof value.object === "string"
      ? ok(value)
      : { ok: false, failure: STRIPE_UNAVAILABLE };
  } catch (error) {
    return { ok: false, failure: toStripeFailure(error) };
  }
}
