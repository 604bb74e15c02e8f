import { z } from "zod";
import { named } from "../../http/answer-fields.ts";

const text = z.string().nullable();
const side = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.record(z.string(), z.unknown()),
]);

/** A difference between our records and Stripe, and the request that repairs it, if one does. */
export const differenceView = named("Difference", {
  subjectId: z.string(),
  userId: text,
  what: z.string(),
  here: side,
  atStripe: side,
  heal: text.describe("The request that repairs the difference."),
});
export type DifferenceView = z.infer<typeof differenceView>;
