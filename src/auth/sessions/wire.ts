import { z } from "zod";
import { count, named, time } from "../../http/answer-fields.ts";
import { SIGN_IN_METHODS } from "../tables.ts";
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

/** A sign-in that waits for the second factor: a code of the app, or a recovery code. */
export const secondFactorRequiredView = named("SecondFactorRequired", {
  challengeId: z.string().describe("Send it together with the code."),
  expiresAt: time,
});
export type SecondFactorRequired = z.infer<typeof secondFactorRequiredView>;

/** A session as its user sees it. */
export const sessionView = named("Session", {
  id: z.string(),
  method: z
    .enum(SIGN_IN_METHODS)
    .describe("How the user signed in. `mail`: with the link or code of the sign-up mail."),
  device: z
    .strictObject({ browser: z.string().nullable(), system: z.string().nullable() })
    .describe("The device, from the user agent. Null where unknown."),
  country: z
    .string()
    .nullable()
    .describe("The country, from Cloudflare: an ISO 3166 code. `T1` is Tor."),
  city: z.string().nullable(),
  createdAt: time,
  lastSeenAt: time.describe("Accurate to the hour."),
  refreshedAt: time,
  expiresAt: time.describe("Unless it is refreshed before."),
  isCurrent: z.boolean().describe("Whether this is the caller's current session."),
});

/** A sign-up that waits for the answer to a mail. */
export const signUpPendingView = named("SignUpPending", {
  verificationId: z.string().describe("Send it together with the code from the mail."),
  email: z.string(),
  expiresAt: time,
});
export type SignUpPending = z.infer<typeof signUpPendingView>;
