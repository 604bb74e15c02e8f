import type { KeyRecord } from "../types.ts";

/**
 * How much later than it was noted last a key's use is noted again: once a minute is enough for a
 * person to read.
 */
const LAST_USED_INTERVAL_MS = 60_000;

interface KeyRow extends Record<string, SqlStorageValue> {
  hash: string;
  detail: string;
  last_used_at_ms: number | null;
}

/** The keys of one account: few, so all are in memory; every change is written first. */
export class KeyStore {
  readonly #sql: SqlStorage;
  readonly #byHash = new Map<string, KeyRecord>();
  readonly #lastUsedAt = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const row of sql.exec<KeyRow>("SELECT hash, detail, last_used_at_ms FROM api_keys")) {
      // Trust: `detail` was written by `add` alone.
      const key: KeyRecord = JSON.parse(row.detail);
      this.#byHash.set(row.hash, key);
      if (row.last_used_at_ms !== null) this.#lastUsedAt.set(key.keyId, row.last_used_at_ms);
    }
  }

  findByHash(hash: string): KeyRecord | undefined {
    return this.#byHash.get(hash);
  }

  has(keyId: string): boolean {
    return this.list().some((key) => key.keyId === keyId);
  }

  /** All keys, newest first. */
  list(): KeyRecord[] {
    return [...this.#byHash.values()].toSorted(
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
    this.#byHash.set(key.hash, key);
  }

  /** Ends a key. Returns false when there is none of that id. */
  remove(keyId: string): boolean {
    const key = this.list().find((candidate) => candidate.keyId === keyId);
    if (key === undefined) return false;
    this.#sql.exec("DELETE FROM api_keys WHERE key_id = ?", keyId);
    this.#byHash.delete(key.hash);
    this.#lastUsedAt.delete(keyId);
    return true;
  }

  lastUsedAt(keyId: string): number | null {
    return this.#lastUsedAt.get(keyId) ?? null;
  }

  /** Notes a use outside of chats, which note theirs in the hold. */
  recordUse(keyId: string, nowMs: number): void {
    const last = this.#lastUsedAt.get(keyId);
    if (last !== undefined && nowMs - last < LAST_USED_INTERVAL_MS) return;
    this.#sql.exec("UPDATE api_keys SET last_used_at_ms = ? WHERE key_id = ?", nowMs, keyId);
    this.#lastUsedAt.set(keyId, nowMs);
  }
}
