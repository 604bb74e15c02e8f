import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import type { Language } from "../../languages.ts";
import { NO_PASSWORD } from "../passwords/password-hash.ts";
import { readDevice } from "../sessions/device.ts";
import { addUser } from "../sessions/register-user.ts";
import { type SignIn, startSession } from "../sessions/start-session.ts";
import { users } from "../tables.ts";
import { isAdminByProof } from "../users/admin-email.ts";
import { normalizeEmail } from "../users/email.ts";
import type { User } from "../users/users.ts";
import { auditAdded, followAdded } from "./added-identity.ts";
import { finishSignIn, type ProvedIdentity, type ProviderCallback } from "./finish-sign-in.ts";
import {
  findByAddress,
  findOwner,
  insertIdentity,
  isIdentityTaken,
  markUsed,
  newIdentity,
} from "./identities.ts";

const BUSY = fail(
  "conflict",
  "This account is being deleted or changed. Try again in a few minutes.",
);

/** The request of a sign-in, and its language. */
interface Surroundings {
  /** Names the device and the network. */
  readonly request: Request;
  /** That of mails to them. */
  readonly language: Language;
}

/** Returns undefined where another sign-in was first, and who it was has to be found out again. */
type Attempt = Promise<Result<SignIn> | undefined>;

const signInOwner = (ctx: Context, user: User, request: Request): Promise<Result<SignIn>> =>
  startSession(ctx, user, {
    method: "provider",
    isTwoFactor: false,
    device: readDevice(request),
  });

/**
 * Whether an address that a provider has proved is enough to sign in as a user. The user's own has
 * to be proved: whoever signed up with somebody else's address, before that person came, would keep
 * the password to that person's account. An admin is not signed in by what another site says of an
 * address; admins add providers themselves.
 */
const mayLinkByAddress = ({ config }: Context, user: User): boolean =>
  user.emailVerifiedAt !== null &&
  user.role !== "admin" &&
  !isAdminByProof(config, normalizeEmail(user.email));

/** Adds the identity to the user who has its address, and signs that user in. */
async function linkByAddress(
  ctx: Context,
  proved: ProvedIdentity,
  user: User,
  { request, language }: Surroundings,
): Attempt {
  if (!mayLinkByAddress(ctx, user))
    return fail(
      "link_required",
      "An account with this email already exists. Sign in the way you did before, and " +
        "verify its email address.",
    );
  const row = newIdentity(proved, user.id, ctx.nowMs);
  // Decided by the row once more: the address may change meanwhile.
  const isStill = sql`${users.email} = ${user.email} and ${users.emailVerifiedAt} is not null
    and ${users.role} <> 'admin'`;
  const [added] = await ctx.db.batch([
    insertIdentity(ctx.db, row, isStill),
    ...(await followAdded(ctx, proved, user, row.id, language)),
  ]);
  return added.length === 0 ? undefined : await signInOwner(ctx, user, request);
}

/**
 * Adds a user who signs in by the provider and has no password. An address of ADMIN_EMAILS stays
 * unproved, and its user a user: only a mail of our own makes an admin (`confirm-email.ts`), so
 * that no other site says who is one.
 */
async function addUserOfProvider(
  ctx: Context,
  proved: ProvedIdentity,
  email: string,
  { request, language }: Surroundings,
): Attempt {
  const isListed = isAdminByProof(ctx.config, normalizeEmail(email));
  const newUser = {
    email,
    name: proved.identity.name,
    passwordHash: NO_PASSWORD,
    role: "user",
    emailVerifiedAt: isListed ? null : ctx.nowMs,
    language,
  } as const;
  const session = { method: "provider", request } as const;
  const added = await addUser(ctx, newUser, session, async (userId) => {
    const row = newIdentity(proved, userId, ctx.nowMs);
    return [insertIdentity(ctx.db, row), auditAdded(ctx, proved, { identityId: row.id, userId })];
  });
  if (added.ok) return ok({ kind: "signed_in", signedIn: added.value });
  return added.failure.code === "email_taken" ? undefined : added;
}

/** Finds out whose the identity is, and signs that user in; else adds it to one, or adds one. */
async function resolveOnce(
  ctx: Context,
  proved: ProvedIdentity,
  surroundings: Surroundings,
): Attempt {
  const owner = await findOwner(ctx.db, proved);
  if (owner !== undefined) {
    if (owner.isErasing) return BUSY;
    await markUsed(ctx.db, owner.identityId, ctx.nowMs);
    return await signInOwner(ctx, owner.user, surroundings.request);
  }
  const { provedEmail } = proved.identity;
  if (provedEmail === null)
    return fail(
      "email_not_proved",
      `${proved.provider.name} hasn't verified your email address. Verify it there, or sign ` +
        "up here with your email.",
    );
  const user = await findByAddress(ctx.db, normalizeEmail(provedEmail));
  return user === undefined
    ? await addUserOfProvider(ctx, proved, provedEmail, surroundings)
    : await linkByAddress(ctx, proved, user, surroundings);
}

/** Several sign-ins at once: each that loses finds what the winner has done. */
const ATTEMPTS_MAX = 3;

/**
 * Signs in whom a provider names. A known identity signs its user in, whatever its address is now.
 * An unknown one is added to the user who has its address, or makes a new user; its address has to
 * be proved by the provider.
 * @returns what `finishSignIn` returns; `email_not_proved`; `link_required` where the user who has
 *   the address has to add it; `conflict` while that user is being erased
 */
export async function signInByProvider(
  ctx: Context,
  providerId: string,
  callback: ProviderCallback,
  surroundings: Surroundings,
): Promise<Result<SignIn>> {
  const proved = await finishSignIn(ctx, providerId, { kind: "sign_in" }, callback);
  if (!proved.ok) return proved;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    try {
      const outcome = await resolveOnce(ctx, proved.value, surroundings);
      if (outcome !== undefined) return outcome;
    } catch (error) {
      if (!isIdentityTaken(error)) throw error;
    }
  }
  return BUSY;
}
