import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import { ok, type Result } from "../../errors.ts";
import { SECOND_MS } from "../../time.ts";
import { fetchPatiently } from "./fetch-patiently.ts";
import { STRIPE_UNAVAILABLE, toStripeFailure } from "./stripe-failure.ts";

/**
 * The time after which Stripe counts as unreachable, and the request is tried again. Stripe answers
 * within a second or two.
 */
const TIMEOUT_MS = 20 * SECOND_MS;
const RETRIES_MAX = 2;

const clients = new WeakMap<Config, Stripe>();

async function createClient(config: Config): Promise<Stripe> {
  // Loaded on first use: it would double the time in which a Worker starts, and most requests never
  // call Stripe.
  const { default: Client } = await import("stripe");
  const base = config.STRIPE_API_BASE === undefined ? undefined : new URL(config.STRIPE_API_BASE);
  const protocol = base?.protocol === "http:" ? "http" : "https";
  return new Client(config.STRIPE_SECRET_KEY, {
    httpClient: Client.createFetchHttpClient(fetchPatiently),
    timeout: TIMEOUT_MS,
    maxNetworkRetries: RETRIES_MAX,
    telemetry: false,
    ...(base === undefined
      ? {}
      : { protocol, host: base.hostname, port: base.port || (protocol === "http" ? 80 : 443) }),
  });
}

/** Returns the Stripe client for these settings. Its API version is the one the package pins. */
export async function stripeClient(config: Config): Promise<Stripe> {
  const known = clients.get(config);
  if (known !== undefined) return known;
  // Keeps the client and not its promise: a request must not wait for what another one began, which
  // may be cut off.
  const client = await createClient(config);
  clients.set(config, client);
  return client;
}

/** Returns the version of Stripe's API that we speak: the one that the package pins. */
export async function stripeApiVersion() {
  const { default: Client } = await import("stripe");
  return Client.API_VERSION;
}

/**
 * Makes one call to Stripe.
 * @returns Stripe's answer, or `billing_unavailable` (Stripe cannot be reached or is not well),
 *   `card_declined` or `stripe_refused` (Stripe refused: its own code is in `param`),
 *   `misconfigured` (Stripe does not know our key), `invalid_request` (a promotion code that does
 *   not fit)
 */
export async function callStripe<T extends { readonly object: string }>(
  config: Config,
  call: (stripe: Stripe) => Promise<T>,
): Promise<Result<T>> {
  const stripe = await stripeClient(config);
  try {
    const value = await call(stripe);
    // The types promise an object, but a proxy on the way may have answered. Everything that Stripe
    // sends names its type in `object`.
    return typeof value.object === "string"
      ? ok(value)
      : { ok: false, failure: STRIPE_UNAVAILABLE };
  } catch (error) {
    return { ok: false, failure: toStripeFailure(error) };
  }
}
