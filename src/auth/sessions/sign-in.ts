import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import type { Result } from "../../errors.ts";
import { log } from "../../log.ts";
import { hashPassword, verifyPassword } from "../passwords/password-hash.ts";
import { normalizeEmail } from "../users/email.ts";
import { type Credentials, findCredentials, replacePasswordHash } from "../users/users.ts";
import type { Device } from "./device.ts";
import { hashAddress } from "./hash-address.ts";
import { type SignIn, startSession, WRONG_CREDENTIALS } from "./start-session.ts";

/**
 * Replaces a hash of older parameters, now that the password is known.
 * @returns the hash that is stored now
 */
async function rehashPassword(
  db: Database,
  { user, passwordHash }: Credentials,
  password: string,
): Promise<string> {
  const renewed = hashPassword(password);
  return (await replacePasswordHash(db, user.id, passwordHash, renewed)) ? renewed : passwordHash;
}

/**
 * Signs a user in by their password. A wrong address and a wrong password cannot be distinguished:
 * both get the same answer after the same work.
 */
export async function signIn(
  ctx: Context,
  input: { readonly email: string; readonly password: string },
  device: Device,
): Promise<Result<SignIn>> {
  const emailNormalized = normalizeEmail(input.email);
  const credentials = await findCredentials(ctx.db, { emailNormalized });
  const { matches, isStale } = verifyPassword(input.password, credentials?.passwordHash);
  if (credentials === undefined || !matches) {
    const address = await hashAddress(ctx.config.JWT_SECRET, emailNormalized);
    log.warn("sign_in.refused", { address });
    return WRONG_CREDENTIALS;
  }
  const passwordHash = isStale
    ? await rehashPassword(ctx.db, credentials, input.password)
    : credentials.passwordHash;
  const proof = { method: "password", passwordHash, isTwoFactor: false, device } as const;
  return await startSession(ctx, credentials.user, proof);
}
