import { z } from "zod";

/** The faults of the issuer, on demand: for tests of what relies on it. */
export const issuerFaults = z.strictObject({
  /** Stands in ID tokens in place of the nonce that was asked for. */
  nonce: z.string().optional(),
  /** Stands in ID tokens in place of the issuer. */
  issuer: z.string().optional(),
  /** Stands in ID tokens in place of the client. */
  audience: z.string().optional(),
  /** Stands in the answer's `iss` (RFC 9207); `null` leaves it out. */
  responseIssuer: z.string().nullable().optional(),
  /** `email_verified` is left out, or is the text "true". */
  emailVerified: z.enum(["missing", "string"]).optional(),
  /** ID tokens have expired an hour ago. */
  isExpired: z.boolean().optional(),
  /** ID tokens have no signature (`alg: none`). */
  isUnsigned: z.boolean().optional(),
  /** ID tokens are signed by a key that is not the issuer's, under the id of one that is. */
  isForged: z.boolean().optional(),
  /** ID tokens are left out. */
  hasNoIdToken: z.boolean().optional(),
  /** Addresses and names stand at the userinfo endpoint, and not in ID tokens. */
  isSparse: z.boolean().optional(),
  /** The userinfo endpoint tells of another subject. */
  userinfoSubject: z.string().optional(),
  /** Every answer but the settings of faults takes this long. */
  slowMs: z.int().min(0).max(60_000).optional(),
  /** Every answer but the settings of faults is a 503. */
  isDown: z.boolean().optional(),
});
export type IssuerFaults = z.infer<typeof issuerFaults>;
