import { MINUTE_MS } from "../../time.ts";
import type { KeyRecord } from "../types.ts";

/** The shortest time between two writes of a key's last use: to the minute is enough to read. */
const LAST_USED_INTERVAL_MS = MINUTE_MS;

/** A key that was found by one of its secrets. */
export interface FoundKey {
  readonly key: KeyRecord;
  /** When the secret ends; null for the key's own, which does not. */
  readonly secretEndsAt: number | null;
}

interface KeyRow extends Record<string, SqlStorageValue> {
  hash: string;
  detail: string;
  last_used_at_ms: number | null;
}

/** The keys of one account. They are few, so all are in memory; every change is written first. */
export class KeyStore {
  readonly #sql: SqlStorage;
  readonly #byId = new Map<string, KeyRecord>();
  /** By the hash of each secret, earlier ones too. */
  readonly #byHash = new Map<string, FoundKey>();
  readonly #lastUsedAt = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const row of sql.exec<KeyRow>("SELECT hash, detail, last_used_at_ms FROM api_keys")) {
      // Trust: only `add` and `replace` write `detail`.
      const key: KeyRecord = JSON.parse(row.detail);
      this.#remember(key);
      if (row.last_used_at_ms !== null) this.#lastUsedAt.set(key.keyId, row.last_used_at_ms);
    }
  }

  #remember(key: KeyRecord): void {
    this.#byId.set(key.keyId, key);
    for (const { hash, endsAt } of key.oldSecrets ?? [])
      this.#byHash.set(hash, { key, secretEndsAt: endsAt });
    this.#byHash.set(key.hash, { key, secretEndsAt: null });
  }

  #forget(key: KeyRecord): void {
    this.#byId.delete(key.keyId);
    this.#byHash.delete(key.hash);
    for (const { hash } of key.oldSecrets ?? []) this.#byHash.delete(hash);
  }

  findByHash(hash: string): FoundKey | undefined {
    return this.#byHash.get(hash);
  }

  find(keyId: string): KeyRecord | undefined {
    const key = this.#byId.get(keyId);
    return key?.isSession === true ? undefined : key;
  }

  /** Lists the user's keys, newest first: all but the tokens of sessions. */
  list(): KeyRecord[] {
    return this.#all().filter((key) => key.isSession !== true);
  }

  /** Lists the tokens of sessions, newest first. */
  listSessions(): KeyRecord[] {
    return this.#all().filter((key) => key.isSession === true);
  }

  #all(): KeyRecord[] {
    return [...this.#byId.values()].toSorted(
      (a, b) => b.createdAt - a.createdAt || (a.keyId < b.keyId ? -1 : 1),
    );
  }

  add(key: KeyRecord): void {
    this.#sql.exec(
      "INSERT INTO api_keys (key_id, hash, detail) VALUES (?, ?, ?)",
      key.keyId,
      key.hash,
      JSON.stringify(key),
    );
    this.#remember(key);
  }

  /** Replaces the record of a key by another of the same id. */
  replace(previous: KeyRecord, key: KeyRecord): void {
    this.#sql.exec(
      "UPDATE api_keys SET hash = ?, detail = ? WHERE key_id = ?",
      key.hash,
      JSON.stringify(key),
      key.keyId,
    );
    this.#forget(previous);
    this.#remember(key);
  }

  /** Removes a key. Returns false when there is no key of that id. */
  remove(keyId: string): boolean {
    const key = this.#byId.get(keyId);
    if (key === undefined) return false;
    this.#sql.exec("DELETE FROM api_keys WHERE key_id = ?", keyId);
    this.#forget(key);
    this.#lastUsedAt.delete(keyId);
    return true;
  }

  lastUsedAt(keyId: string): number | null {
    return this.#lastUsedAt.get(keyId) ?? null;
  }

  /** Records a use outside of chats. A chat's hold records its own. */
  recordUse(keyId: string, nowMs: number): void {
    const last = this.#lastUsedAt.get(keyId);
    if (last !== undefined && nowMs - last < LAST_USED_INTERVAL_MS) return;
    this.#sql.exec("UPDATE api_keys SET last_used_at_ms = ? WHERE key_id = ?", nowMs, keyId);
    this.#lastUsedAt.set(keyId, nowMs);
  }
}
