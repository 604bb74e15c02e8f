import { z } from "zod";
import { credits, named, time } from "../../http/answer-fields.ts";
import { ROLES } from "../caller.ts";

/** A user. */
export const userView = named("User", {
  id: z.string(),
  email: z.string(),
  emailVerified: z.boolean().describe("Whether the address was proved to be the user's."),
  name: z.string().nullable(),
  role: z.enum(ROLES),
  planId: z.string(),
  creditBalance: credits.describe("What can be spent now."),
  plan: z.strictObject({ id: z.string(), slug: z.string(), name: z.string(), credits }),
  createdAt: time,
});
export type UserView = z.infer<typeof userView>;
