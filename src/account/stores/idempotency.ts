import { fail, type Result } from "../../errors.ts";
import { joinChunks, splitIntoBlobs } from "../../object/row-chunks.ts";
import { DAY_MS } from "../../time.ts";

/** The first answer to a request, to be replayed. */
export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The identity of a request: its key, and a hash of its method, path and body. */
export interface IdempotentRequest {
  readonly key: string;
  readonly fingerprint: string;
}

const RETENTION_MS = DAY_MS;
/** A kept answer is free, and its storage is not. */
const KEPT_ANSWERS_MAX = 10_000;

const TOO_MANY_ANSWERS = fail(
  "limit_reached",
  `You've used ${KEPT_ANSWERS_MAX} Idempotency-Keys in the last 24 hours, the maximum. Send ` +
    "this request without one, or wait.",
  { param: "idempotency-key" },
);

interface IdempotencyRow extends Record<string, SqlStorageValue> {
  fingerprint: string;
  head: string | null;
  body: ArrayBuffer | null;
}

/**
 * Stores first answers by `Idempotency-Key` (I8), in the account's own object, so that no key
 * reaches another user's.
 */
export class IdempotencyStore {
  readonly #sql: SqlStorage;
  #nextExpiryAt: number | null;
  /** As many keys as are kept, or more: counted when first needed, and again when too many. */
  #keysAtMost: number | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#nextExpiryAt = sql
      .exec<{ at: number | null }>("SELECT min(expires_at_ms) AS at FROM idempotency")
      .one().at;
  }

  /** The time of the next expiry, in ms; null without one. It may be too early, never too late. */
  get nextExpiryAt(): number | null {
    return this.#nextExpiryAt;
  }

  /** Returns whether as many keys are kept as may be. */
  #isFull(nowMs: number): boolean {
    if (this.#keysAtMost !== null && this.#keysAtMost < KEPT_ANSWERS_MAX) return false;
    this.pruneExpired(nowMs);
    this.#keysAtMost = this.#sql
      .exec<{ n: number }>("SELECT count(*) AS n FROM idempotency WHERE part = 0")
      .one().n;
    return this.#keysAtMost >= KEPT_ANSWERS_MAX;
  }

  /**
   * Finds the first answer; null for a new key.
   * @returns a failure when the key was used with another request, its request is still running, or
   *   no more keys are kept (`limit_reached`)
   */
  find(request: IdempotentRequest, nowMs: number): Result<StoredResponse | null> {
    const rows = this.#sql.exec<IdempotencyRow>(
      `SELECT fingerprint, head, body FROM idempotency
       WHERE key = ? AND expires_at_ms > ? ORDER BY part`,
      request.key,
      nowMs,
    );
    const chunks = [...rows];
    const [first] = chunks;
    if (first === undefined)
      return this.#isFull(nowMs) ? TOO_MANY_ANSWERS : { ok: true, value: null };
    if (first.fingerprint !== request.fingerprint) {
      return fail(
        "idempotency_key_reused",
        "This Idempotency-Key was already used for a different request. Use a new key.",
        { param: "idempotency-key" },
      );
    }
    if (first.head === null) {
      return fail(
        "idempotency_key_in_use",
        "The first request with this Idempotency-Key is still running. Try again soon.",
        { param: "idempotency-key" },
      );
    }
    const { status, headers } = JSON.parse(first.head);
    return {
      ok: true,
      value: { status, headers, body: joinChunks(chunks.map((chunk) => chunk.body)) },
    };
  }

  /**
   * Leases a key to a request until `leasedUntil`. Then the key is free again, even if the request
   * never finished.
   */
  begin(request: IdempotentRequest, leasedUntil: number): void {
    this.release(request.key);
    this.#nextExpiryAt = Math.min(this.#nextExpiryAt ?? leasedUntil, leasedUntil);
    if (this.#keysAtMost !== null) this.#keysAtMost += 1;
    this.#sql.exec(
      "INSERT INTO idempotency (key, part, fingerprint, expires_at_ms) VALUES (?, 0, ?, ?)",
      request.key,
      request.fingerprint,
      leasedUntil,
    );
  }

  /** Returns whether this request has leased its key and is not answered yet. */
  isRunning(request: IdempotentRequest): boolean {
    const rows = this.#sql.exec(
      "SELECT 1 FROM idempotency WHERE key = ? AND fingerprint = ? AND head IS NULL",
      request.key,
      request.fingerprint,
    );
    return !rows.next().done;
  }

  /** Stores the answer for a day. Does nothing when the key is not leased any more. */
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
        `INSERT INTO idempotency (key, part, fingerprint, expires_at_ms, head, body)
         VALUES (?, ?, ?, ?, ?, ?)`,
        key,
        part,
        running.fingerprint,
        nowMs + RETENTION_MS,
        head,
        bytes,
      );
    }
  }

  /** Frees a key whose request came to nothing, so that it can be retried. */
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
