import { fail } from "../../errors.ts";
import { type Account, unopened } from "../account.ts";
import type { ApiKey, KeyRecord, NewApiKey, Reply, Scope } from "../types.ts";
import { checkKey } from "./keys.ts";
import { showKey } from "./views.ts";

const show = ({ ledger, keys }: Account, key: KeyRecord, nowMs: number): ApiKey =>
  showKey(key, ledger.state, keys.lastUsedAt(key.keyId), nowMs);

/** Keeps a new key. `conflict` when the account has one of that id. */
export function createKey(
  account: Account,
  command: NewApiKey,
  nowMs: number,
): Reply<{ key: ApiKey }> {
  if (account.plan === null) return unopened({ kind: "session" });
  if (account.keys.has(command.keyId))
    return fail("conflict", "There is a key of that id already.");
  const key: KeyRecord = { ...command, createdAt: nowMs };
  account.keys.add(key);
  return { ok: true, key: show(account, key, nowMs) };
}

/** All keys that were not revoked, newest first. Expired ones too: their owner may want to know. */
export const listKeys = (account: Account, nowMs: number): ApiKey[] =>
  account.keys.all().map((key) => show(account, key, nowMs));

/** Ends a key: in force with the next request. */
export function revokeKey(account: Account, keyId: string): Reply<{ keyId: string }> {
  return account.keys.remove(keyId)
    ? { ok: true, keyId }
    : fail("not_found", `You have no API key ${keyId}.`);
}

/** Whether a key is in force and has the scope, for every request but a chat. Notes the use. */
export function verifyKey(
  account: Account,
  command: { hash: string; scope: Scope | null },
  nowMs: number,
): Reply<{ key: ApiKey }> {
  const checked = checkKey(account.keys.byHash(command.hash), command.scope, null, nowMs);
  if (!checked.ok) return checked;
  account.keys.recordUse(checked.value.keyId, nowMs);
  return { ok: true, key: show(account, checked.value, nowMs) };
}
