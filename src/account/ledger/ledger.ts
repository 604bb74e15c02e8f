import { migrate } from "../../object/migrate.ts";
import { joinChunks, splitIntoBlobs } from "../../object/row-chunks.ts";
import { DAY_MS } from "../../time.ts";
import { evictDailyUsage, evictSessionUsage, evictSpentGrants } from "./compact.ts";
import { dueDebtPayments, dueOwnDebtPayments } from "./debts.ts";
import { dueGrantExpiries, dueGrantStarts, dueHoldExpiries, nextDueAt } from "./due.ts";
import type { Entry, Grant, NumberedEntry } from "./entries.ts";
import { applyEntry } from "./fold.ts";
import { MIGRATIONS } from "./schema.ts";
import { type AccountState, emptyState, postedBalance, type WritableState } from "./state.ts";

/** The number of entries after which the whole state is written. Waking replays fewer. */
const ENTRIES_PER_CHECKPOINT = 64;

/**
 * The time for which it is known what the token of a session spent, after its last use. It is good
 * for a day at most, and a hold of it ends a day later at most.
 */
const SESSION_USAGE_KEPT_MS = 3 * DAY_MS;

/** A row of the ledger as a reader sees it, with its signed amount and the balance after it. */
export interface LedgerRow extends NumberedEntry {
  readonly amountMicrocredits: number;
  readonly balanceAfterMicrocredits: number;
}

/** The facts of an account beside its entries, one text each. */
type Fact = "owner" | "entitlement" | "suspension";

interface EntryRow extends Record<string, SqlStorageValue> {
  entry_no: number;
  at_ms: number;
  amount_microcredits: number;
  balance_after_microcredits: number;
  detail: string;
}

// Trust: only `append` of this object writes `detail`, so its JSON is an Entry.
const toLedgerRow = (row: EntryRow): LedgerRow => ({
  entryNo: row.entry_no,
  at: row.at_ms,
  amountMicrocredits: row.amount_microcredits,
  balanceAfterMicrocredits: row.balance_after_microcredits,
  entry: JSON.parse(row.detail),
});

/**
 * The time until which nothing is due, as of an entry, so that a chat need not check all open holds
 * and grants. A time that is not exact is too early.
 */
interface NextDue {
  readonly entryNo: number;
  readonly untilMs: number;
  readonly exact: boolean;
}

/**
 * The append-only ledger of one account, and its state.
 *
 * The entries are the truth; the state in memory is their fold. A checkpoint of it is written now
 * and then, so that waking replays few entries. An operation costs one appended row.
 */
export class Ledger {
  readonly #sql: SqlStorage;
  readonly #state: WritableState;
  #checkpointNo: number;
  #lastEntryAt: number;
  #nextDue: NextDue = { entryNo: -1, untilMs: 0, exact: false };

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    storage.transactionSync(() => migrate(storage.sql, MIGRATIONS));
    const chunks = [
      ...this.#sql.exec<{ body: ArrayBuffer }>("SELECT body FROM checkpoint ORDER BY part"),
    ];
    this.#state =
      chunks.length === 0
        ? emptyState()
        : JSON.parse(joinChunks(chunks.map((chunk) => chunk.body)));
    this.#checkpointNo = this.#state.lastEntryNo;
    // Without a checkpoint (a step of the schema may remove it) these are all entries, once: an
    // account of 100 000 chats takes about two seconds for it.
    const newRows = storage.sql.exec<EntryRow>(
      "SELECT * FROM entries WHERE entry_no > ? ORDER BY entry_no",
      this.#checkpointNo,
    );
    for (const row of newRows) applyEntry(this.#state, toLedgerRow(row));
    const [last] = this.#sql.exec<{ at_ms: number }>(
      "SELECT at_ms FROM entries ORDER BY entry_no DESC LIMIT 1",
    );
    this.#lastEntryAt = last?.at_ms ?? 0;
  }

  /** The fold of the entries. Only `append` and compaction change it. */
  get state(): AccountState {
    return this.#state;
  }

  /** The time of the last entry, in ms; 0 before the first. */
  get lastEntryAt(): number {
    return this.#lastEntryAt;
  }

  meta(name: Fact): string | null {
    const [row] = this.#sql.exec<{ value: string }>("SELECT value FROM facts WHERE name = ?", name);
    return row?.value ?? null;
  }

  setMeta(name: Fact, value: string): void {
    this.#sql.exec(
      `INSERT INTO facts (name, value) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      name,
      value,
    );
  }

  /**
   * Appends one entry and applies it to the state. Must run inside a transaction, or be the only
   * row that is written.
   * @returns the entry's number
   */
  append(entry: Entry, nowMs: number): number {
    const entryNo = this.#appendEntry(entry, nowMs);
    if (entryNo - this.#checkpointNo >= ENTRIES_PER_CHECKPOINT) this.checkpoint();
    return entryNo;
  }

  #appendEntry(entry: Entry, nowMs: number): number {
    const before = postedBalance(this.#state);
    const entryNo = this.#state.lastEntryNo + 1;
    const nextDue = this.#nextDueAfter(entry, entryNo);
    applyEntry(this.#state, { entryNo, at: nowMs, entry });
    const after = postedBalance(this.#state);
    this.#sql.exec(
      `INSERT INTO entries
         (entry_no, at_ms, kind, amount_microcredits, balance_after_microcredits, detail)
       VALUES (?, ?, ?, ?, ?, ?)`,
      entryNo,
      nowMs,
      entry.kind,
      after - before,
      after,
      JSON.stringify(entry),
    );
    this.#lastEntryAt = nowMs;
    if (nextDue !== null) this.#nextDue = nextDue;
    return entryNo;
  }

  /** Returns what one more entry leaves of `#nextDue` without a sweep; null when nothing. */
  #nextDueAfter(entry: Entry, entryNo: number): NextDue | null {
    const { entryNo: lastEntryNo, untilMs, exact } = this.#nextDue;
    if (lastEntryNo !== entryNo - 1) return null;
    // A hold only reserves, so it makes nothing due but its own end.
    if (entry.kind === "hold")
      return { entryNo, untilMs: Math.min(untilMs, entry.expiresAt), exact };
    if (entry.kind !== "capture" && entry.kind !== "void") return null;
    return {
      entryNo,
      untilMs: Math.min(untilMs, this.nextDueAtAfterHold(entry.holdNo)),
      exact: false,
    };
  }

  /**
   * Returns the time until which nothing is due of what the end of a hold frees, in ms: debts are
   * paid at once, and what is left of a grant expires with it. Considers only the grants that the
   * hold was taken from.
   */
  nextDueAtAfterHold(holdNo: number): number {
    const { holds, grants, debtMicrocredits } = this.#state;
    if (debtMicrocredits > 0) return 0;
    const expiries =
      holds[holdNo]?.shares.map(
        ({ grantNo }) => grants[grantNo]?.expiresAt ?? Number.POSITIVE_INFINITY,
      ) ?? [];
    return Math.min(Number.POSITIVE_INFINITY, ...expiries);
  }

  /** Returns the time of the next change that time alone brings, in ms; infinity without one. */
  nextDueAt(): number {
    const { entryNo, untilMs, exact } = this.#nextDue;
    return exact && entryNo === this.#state.lastEntryNo ? untilMs : nextDueAt(this.#state);
  }

  /** Returns whether nothing is due and one more entry writes one row and no checkpoint. */
  canAppendSingleRow(nowMs: number): boolean {
    return (
      this.#hasNothingDue(nowMs) &&
      this.#state.lastEntryNo + 1 - this.#checkpointNo < ENTRIES_PER_CHECKPOINT
    );
  }

  /** Returns whether nothing is known to be due since the last sweep that found nothing. */
  #hasNothingDue(nowMs: number): boolean {
    return this.#nextDue.entryNo === this.#state.lastEntryNo && nowMs < this.#nextDue.untilMs;
  }

  /** Appends the entries that time alone makes due by `nowMs`. Must run inside a transaction. */
  sweep(nowMs: number): void {
    if (this.#hasNothingDue(nowMs)) return;
    const { lastEntryNo } = this.#state;
    // In this order: an expired hold frees a part of a grant, which pays debts before it expires
    // itself.
    for (const due of [
      dueHoldExpiries,
      dueGrantStarts,
      dueOwnDebtPayments,
      dueDebtPayments,
      dueGrantExpiries,
    ]) {
      for (const entry of due(this.#state, nowMs)) this.append(entry, nowMs);
    }
    if (this.#state.lastEntryNo === lastEntryNo)
      this.#nextDue = { entryNo: lastEntryNo, untilMs: nextDueAt(this.#state), exact: true };
  }

  /**
   * Writes a checkpoint: used-up grants to a table of their own, and the rest of the state, so that
   * no earlier entry has to be replayed. Must run inside a transaction.
   */
  checkpoint(): void {
    for (const grant of evictSpentGrants(this.#state)) {
      this.#sql.exec(
        "INSERT INTO spent_grants (grant_no, detail) VALUES (?, ?)",
        grant.grantNo,
        JSON.stringify(grant),
      );
    }
    evictSessionUsage(this.#state, this.#lastEntryAt - SESSION_USAGE_KEPT_MS);
    const chunks = splitIntoBlobs(JSON.stringify(this.#state));
    this.#sql.exec("DELETE FROM checkpoint WHERE part >= ?", chunks.length);
    for (const [part, body] of chunks.entries()) {
      this.#sql.exec("INSERT OR REPLACE INTO checkpoint (part, body) VALUES (?, ?)", part, body);
    }
    this.#checkpointNo = this.#state.lastEntryNo;
  }

  /**
   * Removes daily usage that is over and that D1 has, and writes a checkpoint without it. Must run
   * inside a transaction.
   */
  evictDailyUsage(keys: readonly string[]): void {
    evictDailyUsage(this.#state, keys);
    this.checkpoint();
  }

  /** Returns a grant, live or evicted. */
  readGrant(grantNo: number): Grant {
    const live = this.#state.grants[grantNo];
    if (live !== undefined) return live;
    const { detail } = this.#sql
      .exec<{ detail: string }>("SELECT detail FROM spent_grants WHERE grant_no = ?", grantNo)
      .one();
    return JSON.parse(detail);
  }

  /**
   * Revives a grant if it was evicted, so that the next entry can change it. Must run inside a
   * transaction. Writes no checkpoint, which would evict it again.
   */
  reviveGrant(grantNo: number, nowMs: number): void {
    if (this.#state.grants[grantNo] !== undefined) return;
    this.#appendEntry({ kind: "grant_revived", grant: this.readGrant(grantNo) }, nowMs);
    this.#sql.exec("DELETE FROM spent_grants WHERE grant_no = ?", grantNo);
  }

  /** Returns the last entry that an operation made; null for a new operation. */
  findOperation(operationId: string): NumberedEntry | null {
    const [row] = this.#sql.exec<EntryRow>(
      "SELECT entries.* FROM operations JOIN entries USING (entry_no) WHERE operation_id = ?",
      operationId,
    );
    return row === undefined ? null : toLedgerRow(row);
  }

  /** Records the last entry that an operation made. */
  recordOperation(operationId: string, entryNo: number): void {
    this.#sql.exec(
      `INSERT INTO operations (operation_id, entry_no) VALUES (?, ?)
       ON CONFLICT (operation_id) DO UPDATE SET entry_no = excluded.entry_no`,
      operationId,
      entryNo,
    );
  }

  /**
   * Returns the entry that ended a hold; null when none did. It usually comes soon after the hold,
   * so the scan is short.
   */
  findHoldEnding(holdNo: number): LedgerRow | null {
    const [row] = this.#sql.exec<EntryRow>(
      `SELECT * FROM entries
       WHERE entry_no > ? AND kind IN ('capture', 'void', 'expire')
         AND json_extract(detail, '$.holdNo') = ?
       LIMIT 1`,
      holdNo,
      holdNo,
    );
    return row === undefined ? null : toLedgerRow(row);
  }

  /** Lists entries that moved value, newest first, older than `before`. */
  listMovements(limit: number, before: number | null): LedgerRow[] {
    const rows = this.#sql.exec<EntryRow>(
      `SELECT * FROM entries WHERE amount_microcredits <> 0 AND entry_no < ?
       ORDER BY entry_no DESC LIMIT ?`,
      before ?? Number.MAX_SAFE_INTEGER,
      limit,
    );
    return [...rows].map(toLedgerRow);
  }

  /**
   * Lists grants, newest first, older than `before`: live ones from the state, used-up ones from
   * their table.
   */
  listGrants(limit: number, before: number | null): Grant[] {
    const live = Object.values(this.#state.grants).filter(
      (grant) => before === null || grant.grantNo < before,
    );
    const spent = this.#sql.exec<{ detail: string }>(
      "SELECT detail FROM spent_grants WHERE grant_no < ? ORDER BY grant_no DESC LIMIT ?",
      before ?? Number.MAX_SAFE_INTEGER,
      limit,
    );
    const evicted: Grant[] = [...spent].map((row) => JSON.parse(row.detail));
    return [...live, ...evicted].toSorted((a, b) => b.grantNo - a.grantNo).slice(0, limit);
  }
}
