import { z } from "zod";
import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { describeIssue } from "../../http/validate.ts";
import { stripeClient } from "../stripe/stripe.ts";
import { loadWebhookSecrets } from "../stripe/webhook-secrets.ts";
import { isThinEvent, readThinEvent } from "./thin-event.ts";

const eventSchema = z.object({
  id: z.string().regex(/^evt_\w+$/),
  type: z.string().min(1),
  created: z.int(),
  livemode: z.boolean(),
  api_version: z.string().nullish(),
  // A few types (`invoice.upcoming`, `balance.available`) are about an object without an id.
  data: z.object({
    object: z.object({
      id: z.string().optional(),
      // Hints about where to look: `event-lease.ts` and `Context.hint`.
      customer: z.string().nullish().catch(null),
      payment_intent: z.string().nullish().catch(null),
      metadata: z.object({ orderId: z.string().nullish() }).nullish().catch(null),
    }),
  }),
});

/**
 * The fields of an event that are read. Its object is only a hint: handlers fetch it from Stripe as
 * it is now.
 */
export type StripeEvent = z.infer<typeof eventSchema>;

/** The greatest age of a signature. Stripe's client checks it, but takes any time in the future. */
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
): Promise<Result<null>> {
  const { config, nowMs } = ctx;
  const { signature } = (await stripeClient(config)).webhooks;
  if (signature === null) throw new Error("Stripe's client cannot check signatures.");
  const isSignedBy = async (secret: string): Promise<boolean> => {
    try {
      await signature.verifyHeaderAsync(body, header, secret, SKEW_SECONDS, undefined, nowMs);
      return true;
    } catch {
      // Signed with another of the secrets in rotation, too old, or not signed by Stripe. The last
      // case is refused below.
      return false;
    }
  };
  for (const secret of config.STRIPE_WEBHOOK_SECRET) if (await isSignedBy(secret)) return ok(null);
  for (const secret of await loadWebhookSecrets(ctx)) if (await isSignedBy(secret)) return ok(null);
  return invalidSignature(
    "The signature doesn't match. Check STRIPE_WEBHOOK_SECRET, and that the body isn't " +
      "modified on the way.",
  );
}

function parseJson(body: Uint8Array): Result<unknown> {
  try {
    return ok(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    return fail("invalid_request", "This is not an event: the body is not valid JSON.");
  }
}

/**
 * Reads an event out of a delivery. It must be signed by Stripe with one of our secrets, not long
 * ago and not in the future, be shaped like an event, and come from the same side of Stripe (test
 * or live) as our key. A live Worker that accepted a test event would sell for play money, so the
 * side is checked although each side has its own secrets.
 * @param body the raw bytes, as delivered
 * @returns `invalid_signature`, or `invalid_request` naming the field
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
  const json = parseJson(body);
  return json.ok ? parseEvent(config, json.value) : json;
}

/**
 * Parses an event of Stripe's. It must be shaped like one, and come from the same side of Stripe
 * (test or live) as our key.
 * @returns `invalid_request` naming the field
 */
export function parseEvent(config: Config, value: unknown): Result<StripeEvent> {
  const event = isThinEvent(value) ? readThinEvent(value) : ok(value);
  if (!event.ok) return event;
  const parsed = eventSchema.safeParse(event.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return issue === undefined
      ? fail("invalid_request", "This is not an event.")
      : { ok: false, failure: describeIssue(issue) };
  }
  const live = config.isLive;
  if (parsed.data.livemode === live) return ok(parsed.data);
  const sides = live
    ? "STRIPE_SECRET_KEY is a live key and the event is a test"
    : "STRIPE_SECRET_KEY is a test key and the event is live";
  return fail("invalid_request", `${sides}. Use a key and a webhook secret from the same mode.`, {
    param: "livemode",
  });
}
