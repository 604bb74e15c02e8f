import { z } from "zod";
import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { describeIssue } from "../../http/validate.ts";
import { stripeClient } from "../stripe/stripe.ts";

const eventSchema = z.object({
  id: z.string().regex(/^evt_\w+$/),
  type: z.string().min(1),
  created: z.int(),
  livemode: z.boolean(),
  api_version: z.string().nullish(),
  // A few types (`invoice.upcoming`, `balance.available`) are about an object without an id.
  data: z.object({ object: z.object({ id: z.string().optional() }) }),
});

/**
 * What is read of an event. The object inside is only a hint: handlers ask Stripe for it as it is
 * now.
 */
export type StripeEvent = z.infer<typeof eventSchema>;

/** Stripe's client refuses what is older than this, but takes any time in the future. */
const SKEW_SECONDS = 300;

const invalidSignature = (message: string) =>
  fail("invalid_signature", message, { param: "stripe-signature" });

function isFromTheFuture(header: string, nowMs: number): boolean {
  const times = header.split(",").filter((part) => part.startsWith("t="));
  return !times.every((part) => Number(part.slice(2)) <= nowMs / 1000 + SKEW_SECONDS);
}

async function verifySignature(
  ctx: Context,
  body: Uint8Array,
  header: string,
): Promise<Result<unknown>> {
  const { config, nowMs } = ctx;
  const { webhooks } = await stripeClient(config);
  for (const secret of config.STRIPE_WEBHOOK_SECRET) {
    try {
      return ok(
        await webhooks.constructEventAsync(body, header, secret, SKEW_SECONDS, undefined, nowMs),
      );
    } catch {
      // Signed with another secret of those in rotation, too old, or not by Stripe: the last word
      // is said below.
    }
  }
  return invalidSignature(
    "The signature does not belong to this body and time. Check STRIPE_WEBHOOK_SECRET and that the body is passed on unchanged.",
  );
}

/**
 * Takes a delivery for what it is: signed by Stripe with one of our secrets, not long ago and not
 * from the future, shaped like an event, and from the same side of Stripe (test or live) as our
 * key. A test event that a live Worker accepted would sell for play money, so that side is checked
 * although each side has secrets of its own.
 * @param body the raw bytes, as delivered
 */
export async function readEvent(
  ctx: Context,
  body: Uint8Array,
  header: string | undefined,
): Promise<Result<StripeEvent>> {
  const { config, nowMs } = ctx;
  if (header === undefined || header === "")
    return invalidSignature("The header stripe-signature is missing.");
  const verified = await verifySignature(ctx, body, header);
  if (!verified.ok) return verified;
  if (isFromTheFuture(header, nowMs))
    return invalidSignature("The signature's time is in the future.");
  return parseEvent(config, verified.value);
}

/**
 * Takes what Stripe calls an event for one: shaped like it, and from the same side of Stripe (test
 * or live) as our key.
 * @returns `invalid_request` naming the field
 */
export function parseEvent(config: Config, value: unknown): Result<StripeEvent> {
  const parsed = eventSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return issue === undefined
      ? fail("invalid_request", "This is not an event.")
      : { ok: false, failure: describeIssue(issue) };
  }
  const live = /^(sk|rk)_live_/.test(config.STRIPE_SECRET_KEY);
  if (parsed.data.livemode === live) return ok(parsed.data);
  const sides = live
    ? "STRIPE_SECRET_KEY is a live key and the event is a test"
    : "STRIPE_SECRET_KEY is a test key and the event is live";
  return fail(
    "invalid_request",
    `${sides}: the key and the webhook's secret must be of the same side.`,
    { param: "livemode" },
  );
}
