import { exports } from "cloudflare:workers";
import { Stripe } from "stripe";
import {
  createLocalStripe,
  type LocalStripe,
  type LocalStripeOptions,
} from "../../dev/stripe/app.ts";
import { fakeNetwork } from "./fake-network.ts";
import { recordTraffic, TEST_CLIENT } from "./stripe-traffic.ts";

/**
 * The addresses at which the Worker and Stripe reach each other in tests, as in vitest.config.ts.
 */
const ORIGIN = "http://stripe.test";
const WEBHOOK_URL = "http://farebox.test/api/webhooks/stripe";
const SECRET_KEY = "sk_test_local";
const WEBHOOK_SECRET = "whsec_test_local";

/** Stripe counts time in seconds. */
export const HOUR_SECONDS = 3600;
export const DAY_SECONDS = 24 * HOUR_SECONDS;

/** The fields of the checkout page; a good card by default. */
interface CheckoutForm {
  readonly email?: string;
  readonly name?: string;
  readonly method?: "card" | "us_bank_account";
  readonly number?: string;
  readonly expiry?: string;
  readonly cvc?: string;
  readonly promotion_code?: string;
}

export interface TestStripe extends LocalStripe {
  /** The real client, connected to the local Stripe. */
  readonly client: Stripe;
  /** Opens a session's page as a browser would. */
  readonly open: (url: string) => Promise<Response>;
  /**
   * Pays on a session's page. Events are sent by `control.deliver()`. A redirect is returned, not
   * followed.
   */
  readonly pay: (url: string, typed?: CheckoutForm) => Promise<Response>;
  /** Answers the bank's question after a card that requires authentication. */
  readonly authenticate: (url: string, result: "complete" | "fail") => Promise<Response>;
  /**
   * Presses a button on a page of the customer portal: `confirm` applies the flow's change,
   * `cancel` ends the subscription with the period, `keep` undoes that. A redirect is returned, not
   * followed; a declined card is a 402.
   */
  readonly portal: (
    url: string,
    action: "cancel" | "card" | "confirm" | "keep" | "update",
    fields?: Readonly<Record<string, string>>,
  ) => Promise<Response>;
  /** Subscribes a customer through Stripe's API, without the shop. */
  readonly subscribe: (options?: SubscribeOptions) => Promise<Stripe.Subscription>;
}

/**
 * The options of `subscribe`; by default a new customer, a price of $15.00 a month and a good card.
 */
export interface SubscribeOptions {
  readonly customer?: string;
  readonly price?: string;
  readonly quantity?: number;
  readonly interval?: "day" | "week" | "month" | "year";
  readonly unitAmount?: number;
  readonly trialDays?: number;
  /**
   * One of Stripe's test ids, such as `pm_card_chargeCustomerFail`, which can be saved but not
   * charged.
   */
  readonly card?: string;
  readonly metadata?: Record<string, string>;
}

/** Creates a price for a product of its own, monthly by default. */
async function createPrice(
  client: Stripe,
  { interval = "month", unitAmount = 1500 }: SubscribeOptions,
): Promise<string> {
  const recurring = { interval };
  const product_data = { name: "Pro" };
  return (
    await client.prices.create({
      currency: "usd",
      unit_amount: unitAmount,
      recurring,
      product_data,
    })
  ).id;
}

/** Subscribes a customer with a card that is saved for them. */
async function subscribe(
  client: Stripe,
  options: SubscribeOptions = {},
): Promise<Stripe.Subscription> {
  const customer =
    options.customer ?? (await client.customers.create({ email: "buyer@example.com" })).id;
  const card = await client.paymentMethods.attach(options.card ?? "pm_card_visa", { customer });
  return await client.subscriptions.create({
    customer,
    default_payment_method: card.id,
    items: [
      {
        price: options.price ?? (await createPrice(client, options)),
        quantity: options.quantity ?? 1,
      },
    ],
    metadata: options.metadata ?? {},
    ...(options.trialDays === undefined ? {} : { trial_period_days: options.trialDays }),
  });
}

/** Returns the id of a reference of Stripe, expanded or not. */
export function idOf(reference: string | { readonly id: string } | null | undefined): string {
  if (reference === null || reference === undefined) throw new Error("Stripe names nothing here");
  return typeof reference === "string" ? reference : reference.id;
}

const post = (url: string, fields: Readonly<Record<string, string>>) =>
  new Request(url, { method: "POST", body: new URLSearchParams(fields) });

/**
 * Stands a local Stripe in for the real one until the test ends. Its webhooks reach the Worker
 * in-process, and only when the test calls `await stripe.control.deliver()`, so that nothing
 * happens unseen.
 */
export function standInStripe(options: Partial<LocalStripeOptions> = {}): TestStripe {
  const webhook = {
    url: WEBHOOK_URL,
    secret: WEBHOOK_SECRET,
    send: (request: Request) => exports.default.fetch(request),
  };
  // Its clock moves only by `control.advance`, so that no test depends on the second in which it
  // runs.
  const startedAt = Date.now();
  const local = createLocalStripe({
    origin: ORIGIN,
    secretKey: SECRET_KEY,
    webhook,
    nowMs: () => startedAt,
    ...options,
  });
  fakeNetwork.standIn("stripe.test", recordTraffic(local));
  const client = stripeClient();
  return {
    ...local,
    client,
    portal: (url, action, fields = {}) => local.fetch(post(`${url}/${action}`, fields)),
    subscribe: (options) => subscribe(client, options),
    open: (url) => local.fetch(new Request(url)),
    pay: (url, typed = {}) =>
      local.fetch(
        post(url, {
          email: "buyer@example.com",
          method: "card",
          number: "4242424242424242",
          // A card that is valid by the test's clock.
          expiry: `12 / ${(new Date().getUTCFullYear() + 4) % 100}`,
          cvc: "123",
          ...typed,
        }),
      ),
    authenticate: (url, result) => local.fetch(post(`${url}/authenticate`, { result })),
  };
}

/** Returns the real `stripe` client, connected to the local Stripe. */
export function stripeClient(key: string = SECRET_KEY, config: Stripe.StripeConfig = {}): Stripe {
  return new Stripe(key, {
    host: "stripe.test",
    port: 80,
    protocol: "http",
    maxNetworkRetries: 0,
    appInfo: { name: TEST_CLIENT },
    httpClient: Stripe.createFetchHttpClient((...args: Parameters<typeof fetch>) => fetch(...args)),
    ...config,
  });
}
