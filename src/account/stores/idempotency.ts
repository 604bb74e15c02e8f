import { fail, type Result } from "../../errors.ts";
import { joinChunks, splitIntoBlobs } from "../../object/row-chunks.ts";

/** An answer as it was given first, to be given again. */
export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Which request asks: its key, and a hash of what it asks for. */
export interface IdempotentRequest {
  readonly key: string;
  readonly fingerprint: string;
}

const RETENTION_MS = 24 * 60 * 60 * 1000;

interface IdempotencyRow extends Record<string, SqlStorageValue> {
  fingerprint: string;
  head: string | null;
  body: ArrayBuffer | null;
}

/**
 * First answers by `Idempotency-Key` (I8), in the account's own object, so that no key reaches
 * another user's.
 */
export class IdempotencyStore {
  readonly #sql: SqlStorage;
  #nextExpiryAt: number | null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#nextExpiryAt = sql
      .exec<{ at: number | null }>("SELECT min(expires_at_ms) AS at FROM idempotency")
      .one().at;
  }

  /**
   * When the first of the answers may be forgotten, in ms; null when none is kept. May be too
   * early, never too late.
   */
  get nextExpiryAt(): number | null {
    return this.#nextExpiryAt;
  }

  /**
   * The first answer; null for a key that is new; a failure when the key was used otherwise or is
   * still being answered.
   */
  find(request: IdempotentRequest, nowMs: number): Result<StoredResponse | null> {
    const rows = this.#sql.exec<IdempotencyRow>(
      "SELECT fingerprint, head, body FROM idempotency WHERE key = ? AND expires_at_ms > ? ORDER BY part",
      request.key,
      nowMs,
    );
    const chunks = [...rows];
    const [first] = chunks;
    if (first === undefined) return { ok: true, value: null };
    if (first.fingerprint !== request.fingerprint) {
      return fail(
        "idempotency_key_reused",
        "This Idempotency-Key was used with another request. Use a new one.",
        {
          param: "idempotency-key",
        },
      );
    }
    if (first.head === null) {
      return fail(
        "idempotency_key_in_use",
        "The first request with this Idempotency-Key is still running.",
        {
          param: "idempotency-key",
        },
      );
    }
    const { status, headers } = JSON.parse(first.head);
    return {
      ok: true,
      value: { status, headers, body: joinChunks(chunks.map((part) => part.body)) },
    };
  }

  /**
   * Marks a key as being answered, until `leasedUntil` at the latest: then it is free again,
   * whatever became of the request.
   */
  begin(request: IdempotentRequest, leasedUntil: number): void {
    this.release(request.key);
    this.#nextExpiryAt = Math.min(this.#nextExpiryAt ?? leasedUntil, leasedUntil);
    this.#sql.exec(
      "INSERT INTO idempotency (key, part, fingerprint, expires_at_ms) VALUES (?, 0, ?, ?)",
      request.key,
      request.fingerprint,
      leasedUntil,
    );
  }

  /** Whether a key is taken by this very request, and not answered yet. */
  isRunning(request: IdempotentRequest): boolean {
    const rows = this.#sql.exec(
      "SELECT 1 FROM idempotency WHERE key = ? AND fingerprint = ? AND head IS NULL",
      request.key,
      request.fingerprint,
    );
    return !rows.next().done;
  }

  /**
   * Keeps the answer for a day. Does nothing when the key is not being answered (its lease ran
   * out).
   */
  finish(key: string, response: StoredResponse, nowMs: number): void {
    const [running] = this.#sql.exec<{ fingerprint: string }>(
      "SELECT fingerprint FROM idempotency WHERE key = ? AND head IS NULL",
      key,
    );
    if (running === undefined) return;
    this.release(key);
    const head = JSON.stringify({ status: response.status, headers: response.headers });
    for (const [part, bytes] of splitIntoBlobs(response.body).entries()) {
      this.#sql.exec(
        "INSERT INTO idempotency (key, part, fingerprint, expires_at_ms, head, body) VALUES (?, ?, ?, ?, ?, ?)",
        key,
        part,
        running.fingerprint,
        nowMs + RETENTION_MS,
        head,
        bytes,
      );
    }
  }

  /** Frees a key whose request came to nothing, so that it can be tried again. */
  release(key: string): void {
    this.#sql.exec("DELETE FROM idempotency WHERE key = ?", key);
  }

  pruneExpired(nowMs: number): void {
    this.#sql.exec("DELETE FROM idempotency WHERE expires_at_ms <= ?", nowMs);
    this.#nextExpiryAt = this.#sql
      .exec<{ at: number | null }>("SELECT min(expires_at_ms) AS at FROM idempotency")
      .one().at;
  }
}
