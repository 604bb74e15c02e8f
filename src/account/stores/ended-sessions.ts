/**
 * Sessions that ended lately, each until its access tokens have expired. They are few, so all are
 * in memory, and a chat that asks for one reads no row.
 */
export class EndedSessions {
  readonly #sql: SqlStorage;
  readonly #untilMs = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const row of sql.exec<{ session_id: string; until_ms: number }>(
      "SELECT session_id, until_ms FROM ended_sessions",
    ))
      this.#untilMs.set(row.session_id, row.until_ms);
  }

  has(sessionId: string, nowMs: number): boolean {
    return nowMs < (this.#untilMs.get(sessionId) ?? 0);
  }

  /**
   * Adds sessions, and forgets those whose tokens have all expired. Repeating it changes nothing.
   */
  add(sessionIds: readonly string[], untilMs: number, nowMs: number): void {
    for (const [sessionId, endMs] of this.#untilMs)
      if (endMs <= nowMs) this.#untilMs.delete(sessionId);
    this.#sql.exec("DELETE FROM ended_sessions WHERE until_ms <= ?", nowMs);
    for (const sessionId of sessionIds) {
      if (this.#untilMs.has(sessionId)) continue;
      this.#sql.exec(
        "INSERT INTO ended_sessions (session_id, until_ms) VALUES (?, ?)",
        sessionId,
        untilMs,
      );
      this.#untilMs.set(sessionId, untilMs);
    }
  }
}
