import type Stripe from "stripe";
import { z } from "zod";
import type { Config } from "../../config.ts";
import { sha256Hex } from "../../digest.ts";
import { ok, type Result } from "../../errors.ts";
import { callStripe, stripeClient } from "./stripe.ts";
import { STRIPE_UNAVAILABLE, toStripeFailure } from "./stripe-failure.ts";

/** The options under which a request is made. */
interface OnceOptions {
  readonly idempotencyKey: string;
  readonly maxNetworkRetries?: number;
}

/** The number of keys that may be spent on failures of Stripe's own within a day. */
const KEYS_MAX = 5;

const storedFailure = z.object({
  statusCode: z.number().min(500),
  headers: z.object({ "idempotent-replayed": z.literal("true") }),
});

/**
 * Builds an idempotency key of a request's purpose and of all its parameters. Stripe refuses other
 * parameters under a used key for a day (https://docs.stripe.com/api/idempotent_requests), so what
 * is a different request has to have a different key.
 */
export const requestKey = async (purpose: string, params: object): Promise<string> =>
  `${purpose}:${(await sha256Hex(JSON.stringify(params))).slice(0, 32)}`;

/**
 * Makes a request to Stripe that is to take effect once, however often it is made. Stripe keeps its
 * first answer under the key for a day, a failure of its own (a 500) too. A key whose kept answer
 * is such a failure is spent: the request is made under the next one. A failure that is new is
 * returned, and the caller's next request finds it kept.
 * @returns the results of `callStripe`
 */
export async function createOnce<T extends { readonly object: string }>(
  config: Config,
  key: string,
  create: (stripe: Stripe, options: OnceOptions) => Promise<T>,
): Promise<Result<T>> {
  const stripe = await stripeClient(config);
  for (let count = 1; count <= KEYS_MAX; count += 1) {
    const idempotencyKey = count === 1 ? key : `${key}:${count}`;
    try {
      const value = await create(stripe, { idempotencyKey, maxNetworkRetries: 0 });
      return typeof value.object === "string"
        ? ok(value)
        : { ok: false, failure: STRIPE_UNAVAILABLE };
    } catch (error) {
      if (storedFailure.safeParse(error).success) continue;
      const failure = toStripeFailure(error);
      if (failure.code !== "billing_unavailable") return { ok: false, failure };
      // What did not reach Stripe, or was put off by it, may succeed a moment later.
      return await callStripe(config, (client) => create(client, { idempotencyKey }));
    }
  }
  return { ok: false, failure: STRIPE_UNAVAILABLE };
}
