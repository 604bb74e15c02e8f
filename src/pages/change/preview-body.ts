import { z } from "zod";
import { INTERVALS } from "../../time.ts";

const plan = z.object({
  id: z.string(),
  name: z.string(),
  names: z.record(z.string(), z.string()),
});

/** The answer to a preview. Its route answers a change as well, so the type has both. */
export const changePreview = z.object({
  plan,
  interval: z.enum(INTERVALS).nullable(),
  currency: z.string(),
  amountMinor: z.number(),
  nextPaymentAt: z.string(),
  endsTrial: z.boolean(),
  from: z.object({
    plan,
    interval: z.enum(INTERVALS).nullable(),
    amountMinor: z.number().nullable(),
  }),
  lines: z.array(
    z.object({
      kind: z.enum(["unused_time", "plan", "overage", "other"]),
      plan: plan.nullable(),
      quantity: z.number().nullable(),
      description: z.string().nullable(),
      amountMinor: z.number(),
      periodEnd: z.string(),
    }),
  ),
  totalMinor: z.number(),
  amountDueMinor: z.number(),
  credits: z.number(),
});
export type ChangePreview = z.infer<typeof changePreview>;
