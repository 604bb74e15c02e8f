import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import type { Language } from "../../languages.ts";
import { HOUR_MS, SECOND_MS } from "../../time.ts";
import type { User } from "../users/users.ts";
import { draftVerification, queueVerification } from "./mail-link.ts";

/** The refusal of one mail more to an address that got several. */
export const TOO_MANY_MAILS = fail(
  "rate_limit_exceeded",
  "We've sent several mails to this address in the last hour. Check your inbox, or try " +
    "again later.",
  { retryAfterSeconds: HOUR_MS / SECOND_MS },
);

/**
 * Mails a user a link and a code: to the present address, to prove it; or to the one that the user
 * wants to change to. Until that is proved the present one stays.
 * @returns `rate_limit_exceeded` where the address got five mails within the hour
 */
export async function sendEmailProof(
  ctx: Context,
  user: Pick<User, "id" | "email">,
  newEmail: string | undefined,
  language: Language,
): Promise<Result<true>> {
  const purpose = newEmail === undefined ? "email" : "new_email";
  const email = newEmail ?? user.email;
  const draft = await draftVerification(ctx, { purpose, userId: user.id, email }, language);
  return (await queueVerification(ctx.db, draft)) ? ok(true) : TOO_MANY_MAILS;
}
