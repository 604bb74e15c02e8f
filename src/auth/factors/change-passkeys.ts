import {
  generateRegistrationOptions,
  type VerifiedRegistrationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { and, eq, sql } from "drizzle-orm";
import { auditIfChanged } from "../../audit/index.ts";
import { loadBrand } from "../../brand/index.ts";
import type { Context } from "../../context.ts";
import { formatError } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { newId } from "../../ids.ts";
import { log } from "../../log.ts";
import { toIso } from "../../time.ts";
import { passkeys } from "../tables.ts";
import { CHALLENGE_ENDED, closeChallenge, openChallenge, tryChallenge } from "./challenges.ts";
import type { FactorOwner } from "./change-totp.ts";
import type { NewPasskeyJson } from "./passkey-wire.ts";
import {
  countPasskeys,
  findPasskey,
  hasPasskey,
  listPasskeys,
  PASSKEYS_MAX,
  type Passkey,
  relyingParty,
} from "./passkeys.ts";
import { securityMail } from "./security-mail.ts";
import { hasOtherWay } from "./sign-in-ways.ts";

const REFUSED = fail("invalid_request", "We couldn't verify this passkey. Try again.", {
  param: "credential",
});
const TOO_MANY = fail(
  "limit_reached",
  `You've reached the limit of ${PASSKEYS_MAX} passkeys. Remove one first.`,
);
const KNOWN = fail("conflict", "This passkey is already on your account.");
/** The refusal of an id that names no passkey of the caller. */
export const NO_PASSKEY = fail("not_found", "This passkey doesn't exist.");
const LAST_WAY = fail(
  "conflict",
  "This passkey is your only way to sign in. Set a password or add another passkey first.",
);

/** A question to a browser. */
export interface PasskeyChallenge {
  readonly challengeId: string;
  readonly expiresAt: string;
  readonly options: Record<string, unknown>;
}

/** Asks a user's browser for a new passkey: one that says who it is, and checks who holds it. */
export async function beginPasskey(
  ctx: Context,
  user: { readonly id: string; readonly email: string; readonly name: string | null },
): Promise<Result<PasskeyChallenge>> {
  const { id: rpID } = relyingParty(ctx.config);
  const { name: rpName } = await loadBrand(ctx);
  const known = await listPasskeys(ctx.db, user.id);
  if (known.length >= PASSKEYS_MAX) return TOO_MANY;
  const options = await generateRegistrationOptions({
    rpName,
    rpID,
    userName: user.email,
    userDisplayName: user.name ?? user.email,
    userID: Uint8Array.from(new TextEncoder().encode(user.id)),
    attestationType: "none",
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    excludeCredentials: known.map(({ credentialId: id, transports }) => ({ id, transports })),
  });
  const terms = { purpose: "add_passkey", userId: user.id, nonce: options.challenge } as const;
  const opened = await openChallenge(ctx, terms);
  if (!opened.ok) return opened;
  const { id: challengeId, expiresAtMs } = opened.value;
  return ok({ challengeId, expiresAt: toIso(expiresAtMs), options: { ...options } });
}

/** Checks what a browser made. The library throws for anything that does not fit. */
async function verifyNew(
  { config }: Context,
  credential: NewPasskeyJson,
  nonce: string,
): Promise<VerifiedRegistrationResponse["registrationInfo"]> {
  const { id, origins } = relyingParty(config);
  try {
    const { registrationInfo } = await verifyRegistrationResponse({
      response: credential,
      expectedChallenge: nonce,
      expectedOrigin: origins,
      expectedRPID: id,
      requireUserVerification: true,
    });
    return registrationInfo;
  } catch (error) {
    log.warn("passkey.refused", { error: formatError(error) });
    return undefined;
  }
}

/**
 * Adds a passkey that the user's browser has just made.
 * @returns `invalid_request` for an answer to another question, or one that does not fit;
 *   `limit_reached`; `conflict` for one that is known
 */
export async function addPasskey(
  ctx: Context,
  owner: FactorOwner,
  input: {
    readonly challengeId: string;
    readonly name: string;
    readonly credential: NewPasskeyJson;
  },
): Promise<Result<Passkey>> {
  const { db, nowMs, actor } = ctx;
  const { id: userId, language } = owner;
  const tried = await tryChallenge(ctx, input.challengeId, "add_passkey");
  if (!tried.ok) return tried;
  if (tried.value.userId !== userId) return CHALLENGE_ENDED;
  const made = await verifyNew(ctx, input.credential, tried.value.nonce);
  if (made === undefined) return REFUSED;
  if (!(await closeChallenge(ctx, tried.value))) return CHALLENGE_ENDED;
  const { id: credentialId, publicKey, counter } = made.credential;
  const passkey: Passkey = {
    id: newId("pky", nowMs),
    credentialId,
    userId,
    publicKey: publicKey.toBase64({ alphabet: "base64url", omitPadding: true }),
    signCount: counter,
    transports: input.credential.response.transports,
    name: input.name,
    createdAt: nowMs,
    lastUsedAt: null,
  };
  const entry = { actor, action: "user.passkey_added", subjectId: passkey.id, userId };
  const mail = await securityMail(ctx, owner, "passkey_added", { language, cause: passkey.id });
  const [added] = await db.batch([
    db
      .insert(passkeys)
      .select(
        sql`select ${passkey.id}, ${credentialId}, ${userId}, ${passkey.publicKey}, ${counter},
          ${JSON.stringify(passkey.transports)}, ${passkey.name}, ${nowMs}, null
          where ${countPasskeys(db, userId)} < ${PASSKEYS_MAX}`,
      )
      .onConflictDoNothing({ target: passkeys.credentialId })
      .returning({ id: passkeys.id }),
    auditIfChanged(db, entry, nowMs),
    ...mail,
  ]);
  if (added.length > 0) return ok(passkey);
  return (await findPasskey(db, credentialId)) === undefined ? TOO_MANY : KNOWN;
}

/**
 * Removes a passkey.
 * @returns `not_found`; `conflict` where the user could not sign in any more
 */
export async function removePasskey(
  ctx: Context,
  owner: FactorOwner,
  passkeyId: string,
): Promise<Result<true>> {
  const { db, nowMs, actor } = ctx;
  const { id: userId, language } = owner;
  const isOwn = and(eq(passkeys.id, passkeyId), eq(passkeys.userId, userId));
  const entry = { actor, action: "user.passkey_removed", subjectId: passkeyId, userId };
  const mail = await securityMail(ctx, owner, "passkey_removed", { language, cause: passkeyId });
  const [removed] = await db.batch([
    db
      .delete(passkeys)
      .where(and(isOwn, hasOtherWay(userId, { kind: "passkey", id: passkeyId })))
      .returning({ id: passkeys.id }),
    auditIfChanged(db, entry, nowMs),
    ...mail,
  ]);
  if (removed.length > 0) return ok(true);
  return (await hasPasskey(db, userId, passkeyId)) ? LAST_WAY : NO_PASSKEY;
}
