import { z } from "zod";
import { fail, ok, type Result } from "../../errors.ts";
import { SECOND_MS } from "../../time.ts";
import { HANDLED_EVENT_TYPES } from "./event-handlers.ts";

/**
 * Stripe's thin events name what happened and have no content: that is fetched under their id
 * (https://docs.stripe.com/event-destinations#thin-events).
 */
const thinEventSchema = z.object({
  id: z.string().regex(/^evt_\w+$/),
  object: z.literal("v2.core.event"),
  type: z.string().min(1),
  created: z.iso.datetime({ offset: true }),
  livemode: z.boolean(),
  related_object: z.object({ id: z.string().optional() }).nullish().catch(null),
});

/** Returns whether a delivery is a thin event, whatever else is wrong with it. */
export const isThinEvent = (value: unknown): boolean =>
  z.object({ object: z.literal("v2.core.event") }).safeParse(value).success;

/**
 * Reads a thin event into the form of other events. Only some events exist as thin ones alone; one
 * that Stripe also sends as a snapshot event, and that is handled here as such, is refused, since a
 * destination that sends it would leave purchases unnoticed.
 * @returns the fields of an event, not yet validated as one; or `invalid_request`
 */
export function readThinEvent(value: unknown): Result<unknown> {
  const parsed = thinEventSchema.safeParse(value);
  if (!parsed.success) return ok(value);
  const { id, type, created, livemode, related_object: related } = parsed.data;
  if (HANDLED_EVENT_TYPES.some((one) => one === type.replace(/^v1\./, ""))) {
    const message =
      "This destination sends thin events (v2.core.event). Create one in Stripe that sends " +
      "snapshot events, and use its secret.";
    return fail("invalid_request", message, { param: "object" });
  }
  const createdSeconds = Math.floor(Date.parse(created) / SECOND_MS);
  // An event about nothing is about itself.
  const object = { id: related?.id ?? id };
  return ok({ id, type, created: createdSeconds, livemode, data: { object } });
}
