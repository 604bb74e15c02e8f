/** Purchases that keys began, so that each key stays within its limit. A row for each purchase. */
export class KeyPurchases {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Returns the sum of a key's purchases in the period that began then, in minor units. */
  sumMinor(keyId: string, periodStartMs: number): number {
    return this.#sql
      .exec<{ sum: number }>(
        `SELECT coalesce(sum(amount_minor), 0) AS sum FROM key_purchases
         WHERE key_id = ? AND period_start_ms = ?`,
        keyId,
        periodStartMs,
      )
      .one().sum;
  }

  /** Returns the amount of a purchase that a key began in this period; null for a new one. */
  findMinor(keyId: string, operationId: string, periodStartMs: number): number | null {
    const [row] = this.#sql.exec<{ amount_minor: number }>(
      `SELECT amount_minor FROM key_purchases
       WHERE key_id = ? AND operation_id = ? AND period_start_ms = ?`,
      keyId,
      operationId,
      periodStartMs,
    );
    return row?.amount_minor ?? null;
  }

  /** Adds a purchase, and forgets those of the key's earlier periods. */
  add(keyId: string, operationId: string, periodStartMs: number, amountMinor: number): void {
    this.#sql.exec(
      "DELETE FROM key_purchases WHERE key_id = ? AND period_start_ms < ?",
      keyId,
      periodStartMs,
    );
    this.#sql.exec(
      `INSERT INTO key_purchases (key_id, operation_id, period_start_ms, amount_minor)
       VALUES (?, ?, ?, ?)`,
      keyId,
      operationId,
      periodStartMs,
      amountMinor,
    );
  }

  /** Forgets a revoked key. */
  removeKey(keyId: string): void {
    this.#sql.exec("DELETE FROM key_purchases WHERE key_id = ?", keyId);
  }
}
