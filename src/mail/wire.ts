import { z } from "zod";
import { count, named, time } from "../http/answer-fields.ts";
import { MAIL_KINDS } from "./letters/letter.ts";
import { MAIL_STATES } from "./tables.ts";

/** A mail as admins see it: why it is not there, and nothing of its content. */
export const mailView = named("Mail", {
  id: z.string(),
  kind: z.enum(MAIL_KINDS),
  userId: z.string().nullable().describe("Null during sign-up."),
  state: z.enum(MAIL_STATES),
  tries: count,
  nextTryAt: time.nullable(),
  lastError: z.string().nullable(),
  createdAt: time,
});
export type MailView = z.infer<typeof mailView>;
