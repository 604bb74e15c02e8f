import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import type { Language } from "../../languages.ts";
import type { SessionCaller } from "../caller.ts";
import { findUser } from "../users/users.ts";
import { followAdded } from "./added-identity.ts";
import { finishSignIn, type ProvedIdentity, type ProviderCallback } from "./finish-sign-in.ts";
import {
  findIdentity,
  insertIdentity,
  isIdentityTaken,
  newIdentity,
  showIdentity,
} from "./identities.ts";
import type { Intent } from "./sign-in-state.ts";
import type { IdentityView } from "./wire.ts";

const USER_GONE = fail("conflict", "This account is being deleted.");

/** Returns the intent of a caller who adds a way to sign in: in this session, and in no other. */
export const linkIntent = ({ userId, via }: SessionCaller): Intent => ({
  kind: "link",
  userId,
  sessionId: via.sessionId,
});

const takenBy = ({ provider }: ProvedIdentity) =>
  fail("identity_taken", `This ${provider.name} account is already linked to another user.`);

/**
 * Adds to the caller the identity with which they have just signed in at a provider, whatever
 * address it has. Adding one's own again changes nothing.
 * @returns what `finishSignIn` returns; `identity_taken` where it is another user's
 */
export async function linkIdentity(
  ctx: Context,
  caller: SessionCaller,
  providerId: string,
  callback: ProviderCallback,
  language: Language,
): Promise<Result<IdentityView>> {
  const { db, config, nowMs } = ctx;
  const proved = await finishSignIn(ctx, providerId, linkIntent(caller), callback);
  if (!proved.ok) return proved;
  const user = await findUser(db, caller.userId);
  if (user === undefined) return USER_GONE;
  const row = newIdentity(proved.value, user.id, nowMs);
  const statements = await followAdded(ctx, proved.value, user, row.id, language);
  try {
    const [added] = await db.batch([insertIdentity(db, row), ...statements]);
    return added.length === 0 ? USER_GONE : ok(showIdentity(config.SIGN_IN_PROVIDERS, row));
  } catch (error) {
    if (!isIdentityTaken(error)) throw error;
    const own = await findIdentity(db, proved.value);
    return own?.userId === user.id
      ? ok(showIdentity(config.SIGN_IN_PROVIDERS, own))
      : takenBy(proved.value);
  }
}
