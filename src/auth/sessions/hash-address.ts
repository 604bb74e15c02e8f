import { hmacHex } from "../../digest.ts";

/**
 * Returns the HMAC-SHA-256 of an address under a secret, in hex: the same address can be recognised
 * in the log, and nobody reads it there.
 */
export const hashAddress = (secret: string, emailNormalized: string): Promise<string> =>
  hmacHex(secret, `sign-in address:${emailNormalized}`);
