import type { Database } from "../../db.ts";
import { toIso } from "../../time.ts";
import { NO_PASSWORD } from "../passwords/password-hash.ts";
import { findCredentials } from "../users/users.ts";
import { listPasskeys, showPasskey } from "./passkeys.ts";
import { countRecoveryCodes } from "./recovery-codes.ts";
import { findTotp } from "./totp.ts";
import type { SignInMethodsView } from "./wire.ts";

/** Loads how a user signs in. Nothing of it lets anybody sign in. */
export async function loadSignInMethods(db: Database, userId: string): Promise<SignInMethodsView> {
  const [credentials, totp, recoveryCodesLeft, passkeys] = await Promise.all([
    findCredentials(db, { userId }),
    findTotp(db, userId),
    countRecoveryCodes(db, userId),
    listPasskeys(db, userId),
  ]);
  const addedAt = totp?.confirmedAt ?? null;
  return {
    hasPassword: credentials !== undefined && credentials.passwordHash !== NO_PASSWORD,
    totp: addedAt === null ? null : { addedAt: toIso(addedAt), recoveryCodesLeft },
    passkeys: passkeys.map(showPasskey),
  };
}
