import { fail, ok, type Result } from "../../errors.ts";
import { periodStart } from "../../meters.ts";
import { type Account, accountNotFound } from "../account.ts";
import type {
  ApiKey,
  CreateKeyCommand,
  KeyRecord,
  NewApiKey,
  OldSecret,
  RotateKeyCommand,
  UpdateKeyCommand,
  VerifiedKey,
  VerifyKeyCommand,
} from "../types.ts";
import { checkKey } from "./check-key.ts";
import { noteKeyPlace } from "./note-key-place.ts";
import { toApiKey } from "./views.ts";

/** The most earlier secrets of a key that work at a time. */
const OLD_SECRETS_MAX = 5;

const noKey = (keyId: string) => fail("not_found", `You have no API key ${keyId}.`);

function readApiKey({ ledger, keys, purchases }: Account, key: KeyRecord, nowMs: number): ApiKey {
  const { keyId, purchaseLimit = null } = key;
  const purchasedMinor =
    purchaseLimit === null
      ? 0
      : purchases.sumMinor(keyId, periodStart(purchaseLimit.period, nowMs));
  const use = { lastUsedAt: keys.lastUsedAt(keyId), purchasedMinor };
  return toApiKey(key, ledger.state, use, nowMs);
}

/**
 * Stores a new key. `conflict` when the account has one of that id, `limit_reached` when it has as
 * many as it may.
 */
export function createKey(
  account: Account,
  { keysMax = Number.POSITIVE_INFINITY, ...command }: CreateKeyCommand,
  nowMs: number,
): Result<{ key: ApiKey }> {
  if (account.plan === null) return accountNotFound({ kind: "session" });
  if (account.keys.find(command.keyId) !== undefined)
    return fail("conflict", "An API key with this ID already exists.");
  if (account.keys.list().length >= keysMax)
    return fail(
      "limit_reached",
      `You've reached the limit of ${keysMax} API keys. Revoke one you don't need.`,
    );
  const key: KeyRecord = { ...command, createdAt: nowMs };
  account.keys.add(key);
  return ok({ key: readApiKey(account, key, nowMs) });
}

/** The most tokens of sessions that are good at once: an older one ends where another begins. */
const SESSIONS_MAX = 100;

/**
 * Stores the token of a session that the founder's backend begins. Those that have expired are
 * deleted, and the oldest where there are too many.
 */
export function createSession(
  account: Account,
  command: NewApiKey,
  nowMs: number,
): Result<{ keyId: string }> {
  if (account.plan === null) return accountNotFound({ kind: "management" });
  const live = account.keys
    .listSessions()
    .filter(({ keyId, expiresAt }) => !removeIf(account, keyId, (expiresAt ?? 0) <= nowMs));
  for (const { keyId } of live.slice(SESSIONS_MAX - 1)) removeIf(account, keyId, true);
  account.keys.add({ ...command, isSession: true, createdAt: nowMs });
  return ok({ keyId: command.keyId });
}

function removeIf({ keys }: Account, keyId: string, isOver: boolean): boolean {
  return isOver && keys.remove(keyId);
}

/** Lists the keys that were not revoked, newest first. Expired ones too, for their owner to see. */
export const listKeys = (account: Account, nowMs: number): ApiKey[] =>
  account.keys.list().map((key) => readApiKey(account, key, nowMs));

/**
 * Changes a key, in effect from the next request on: a chat that runs ends as it began. What was
 * spent of a budget stays spent in the same period; in another one it counts anew.
 */
export function updateKey(
  account: Account,
  { keyId, isDisabled, name, models, budget, expiresAt, keepDays }: UpdateKeyCommand,
  nowMs: number,
): Result<{ key: ApiKey }> {
  const previous = account.keys.find(keyId);
  if (previous === undefined) return noKey(keyId);
  const { disabledAt = null } = previous;
  const key: KeyRecord = {
    ...previous,
    ...(name === undefined ? {} : { name }),
    ...(models === undefined ? {} : { models }),
    ...(budget === undefined ? {} : { budget }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(keepDays === undefined ? {} : { keepDays }),
    disabledAt: (isDisabled ?? disabledAt !== null) ? (disabledAt ?? nowMs) : null,
  };
  account.keys.replace(previous, key);
  return ok({ key: readApiKey(account, key, nowMs) });
}

/**
 * Gives a key a new secret. It stays one key, with its budget and its usage. `limit_reached` while
 * five of its earlier secrets work; with no overlap it is never refused, and ends them all.
 */
export function rotateKey(
  account: Account,
  { keyId, hash, overlapSeconds }: RotateKeyCommand,
  nowMs: number,
): Result<{ key: ApiKey }> {
  const previous = account.keys.find(keyId);
  if (previous === undefined) return noKey(keyId);
  if (previous.hash === hash) return ok({ key: readApiKey(account, previous, nowMs) });
  const latestEnd = nowMs + overlapSeconds * 1000;
  const oldSecrets: readonly OldSecret[] = [
    { hash: previous.hash, endsAt: latestEnd },
    ...(previous.oldSecrets ?? []).map((old) => ({
      hash: old.hash,
      endsAt: Math.min(old.endsAt, latestEnd),
    })),
  ].filter(({ endsAt }) => endsAt > nowMs);
  if (oldSecrets.length > OLD_SECRETS_MAX)
    return fail(
      "limit_reached",
      `${OLD_SECRETS_MAX} earlier secrets of this API key still work. Wait until one ends, or ` +
        "rotate without an overlap to end them all.",
    );
  const key: KeyRecord = { ...previous, hash, rotatedAt: nowMs, oldSecrets };
  account.keys.replace(previous, key);
  return ok({ key: readApiKey(account, key, nowMs) });
}

/** Revokes a key, in effect from the next request on. */
export function revokeKey(account: Account, keyId: string): Result<{ keyId: string }> {
  if (account.keys.find(keyId) === undefined || !account.keys.remove(keyId)) return noKey(keyId);
  account.purchases.removeKey(keyId);
  account.keyPlaces.removeKey(keyId);
  return ok({ keyId });
}

/**
 * Verifies that a key is valid and has the scope, and records the use. A suspended user's is valid:
 * the caller decides for what. Chats do not call it.
 */
export function verifyKey(
  account: Account,
  command: VerifyKeyCommand,
  nowMs: number,
): Result<VerifiedKey> {
  const verified = checkKey(account.keys.findByHash(command.hash), command.scope, null, nowMs);
  if (!verified.ok) return verified;
  const { keyId } = verified.value;
  account.keys.recordUse(keyId, nowMs);
  if (verified.value.isSession !== true) noteKeyPlace(account, keyId, command.country, nowMs);
  const { isSuspended } = account.suspension;
  return ok({ key: readApiKey(account, verified.value, nowMs), isSuspended });
}
