import { z } from "zod";
import { count, named, time } from "../../http/answer-fields.ts";
import { userView } from "../users/wire.ts";

const tokenFields = {
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: count.describe("In seconds."),
};

/** The tokens of a session. `expiresIn` is the access token's. */
export const tokenPairView = named("Tokens", tokenFields);
export type TokenPair = z.infer<typeof tokenPairView>;

/** The user who signed in, and the session's tokens. */
export const signedInView = named("SignedIn", { ...tokenFields, user: userView });
export type SignedIn = z.infer<typeof signedInView>;

/** A session as its user sees it. */
export const sessionView = named("Session", {
  id: z.string(),
  createdAt: time,
  refreshedAt: time,
  expiresAt: time.describe("If it is not refreshed before."),
  isCurrent: z.boolean().describe("Whether it is the one that asks."),
});

/** A sign-up that waits for the answer to a mail. */
export const signUpPendingView = named("SignUpPending", {
  verificationId: z.string().describe("Send it with the code of the mail."),
  email: z.string(),
  expiresAt: time,
});
export type SignUpPending = z.infer<typeof signUpPendingView>;
