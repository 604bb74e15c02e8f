import { z } from "zod";
import { credits, named, time } from "../../http/answer-fields.ts";
import { ROLES } from "../caller.ts";

/** A user. */
export const userView = named("User", {
  id: z.string(),
  email: z.string(),
  emailVerified: z.boolean().describe("Whether the email address is verified."),
  name: z.string().nullable(),
  role: z.enum(ROLES),
  planId: z.string(),
  creditBalance: credits.describe("The available balance."),
  plan: z.strictObject({ id: z.string(), slug: z.string(), name: z.string(), credits }),
  freeAllowanceTaken: z
    .boolean()
    .describe(
      "Whether the free plan's allowances are withheld: another account with the same " +
        "mailbox has them, or had them within the last month.",
    ),
  suspendedAt: time
    .nullable()
    .describe(
      "When the operator suspended the user. Suspended users can't chat or buy. Null if " +
        "active.",
    ),
  createdAt: time,
});
export type UserView = z.infer<typeof userView>;
