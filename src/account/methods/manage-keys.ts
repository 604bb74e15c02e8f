import { fail, ok, type Result } from "../../errors.ts";
import { periodStart } from "../../meters.ts";
import { type Account, accountNotFound } from "../account.ts";
import type { ApiKey, CreateKeyCommand, KeyRecord, Scope } from "../types.ts";
import { checkKey } from "./check-key.ts";
import { toApiKey } from "./views.ts";

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
  if (account.keys.has(command.keyId))
    return fail("conflict", "There is a key of that id already.");
  if (account.keys.list().length >= keysMax)
    return fail("limit_reached", `You have ${keysMax} API keys. Revoke one that you do not need.`);
  const key: KeyRecord = { ...command, createdAt: nowMs };
  account.keys.add(key);
  return ok({ key: readApiKey(account, key, nowMs) });
}

/** Lists the keys that were not revoked, newest first. Expired ones too, for their owner to see. */
export const listKeys = (account: Account, nowMs: number): ApiKey[] =>
  account.keys.list().map((key) => readApiKey(account, key, nowMs));

/** Revokes a key, in effect from the next request on. */
export function revokeKey(account: Account, keyId: string): Result<{ keyId: string }> {
  if (!account.keys.remove(keyId)) return fail("not_found", `You have no API key ${keyId}.`);
  account.purchases.removeKey(keyId);
  return ok({ keyId });
}

/** Verifies that a key is valid and has the scope, and records the use. Chats do not call it. */
export function verifyKey(
  account: Account,
  command: { hash: string; scope: Scope | null },
  nowMs: number,
): Result<{ key: ApiKey }> {
  const verified = checkKey(account.keys.findByHash(command.hash), command.scope, null, nowMs);
  if (!verified.ok) return verified;
  account.keys.recordUse(verified.value.keyId, nowMs);
  return ok({ key: readApiKey(account, verified.value, nowMs) });
}
