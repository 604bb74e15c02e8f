import { migrate } from "../../object/migrate.ts";
import { joinChunks, splitIntoBlobs } from "../../object/row-chunks.ts";
import { evictDailyUsage, evictSpentGrants } from "./compact.ts";
import { dueDebtPayments, dueOwnDebtPayments } from "./debts.ts";
import { dueGrantExpiries, dueGrantStarts, dueHoldExpiries, nextDueAt } from "./due.ts";
import type { Entry, Grant, NumberedEntry } from "./entries.ts";
import { applyEntry } from "./fold.ts";
import { MIGRATIONS } from "./schema.ts";
import { type AccountState, emptyState, postedBalance, type WritableState } from "./state.ts";

/**
 * How many entries may have to be replayed when the object wakes. Also how seldom the state is
 * written as a whole.
 */
const ENTRIES_PER_CHECKPOINT = 64;

/** A row of the ledger as a reader sees it: with its signed amount, and the balance after it. */
export interface LedgerRow extends NumberedEntry {
  readonly amountMicrocredits: number;
  readonly balanceAfterMicrocredits: number;
}

interface EntryRow extends Record<string, SqlStorageValue> {
  entry_no: number;
  at_ms: number;
  amount_microcredits: number;
  balance_after_microcredits: number;
  detail: string;
}

// Trust: `detail` was written by `append` alone, in this object, so its JSON is an Entry.
const toLedgerRow = (row: EntryRow): LedgerRow => ({
  entryNo: row.entry_no,
  at: row.at_ms,
  amountMicrocredits: row.amount_microcredits,
  balanceAfterMicrocredits: row.balance_after_microcredits,
  entry: JSON.parse(row.detail),
});

/**
 * As of which entry nothing comes due before which time, so that a chat need not look through all
 * open holds and grants. A time that is not exact is too early.
 */
interface NextDue {
  readonly entryNo: number;
  readonly untilMs: number;
  readonly exact: boolean;
}

/**
 * The append-only ledger of one account, and the state that folding it gives.
 *
 * The entries are the truth; the state in memory is what they add up to. A checkpoint of it is
 * written now and then, so that waking replays at most a few entries. One appended row is all that
 * an operation costs.
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
      chunks.length === 0 ? emptyState() : JSON.parse(joinChunks(chunks.map((part) => part.body)));
    this.#checkpointNo = this.#state.lastEntryNo;
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

  /** The fold of the entries, to be read. `append` and compaction alone change it. */
  get state(): AccountState {
    return this.#state;
  }

  /** When the last entry was appended, in ms; 0 before the first. */
  get lastEntryAt(): number {
    return this.#lastEntryAt;
  }

  meta(name: "owner" | "entitlement"): string | null {
    const [row] = this.#sql.exec<{ value: string }>("SELECT value FROM facts WHERE name = ?", name);
    return row?.value ?? null;
  }

  setMeta(name: "owner" | "entitlement", value: string): void {
    this.#sql.exec(
      "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      name,
      value,
    );
  }

  /**
   * Appends one entry and folds it in. Returns its number. Must run inside a transaction, or be all
   * that is written.
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
      "INSERT INTO entries (entry_no, at_ms, kind, amount_microcredits, balance_after_microcredits, detail) VALUES (?, ?, ?, ?, ?, ?)",
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

  /** What can be said after one more entry without looking; null when that is nothing. */
  #nextDueAfter(entry: Entry, entryNo: number): NextDue | null {
    const { entryNo: lastEntryNo, untilMs, exact } = this.#nextDue;
    if (lastEntryNo !== entryNo - 1) return null;
    // A hold takes, so it makes nothing due but its own end.
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
   * Until when nothing is due of what the end of a hold frees, in ms: what debts wait for is due at
   * once, and what is left of a grant expires with it. Only of the grants that the hold was taken
   * from.
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

  /** When time alone next brings something about, in ms; infinity when nothing waits for it. */
  nextDueAt(): number {
    const { entryNo, untilMs, exact } = this.#nextDue;
    return exact && entryNo === this.#state.lastEntryNo ? untilMs : nextDueAt(this.#state);
  }

  /** Whether nothing is due, and one more entry is one more row. */
  canAppendSingleRow(nowMs: number): boolean {
    return (
      this.#hasNothingDue(nowMs) &&
      this.#state.lastEntryNo + 1 - this.#checkpointNo < ENTRIES_PER_CHECKPOINT
    );
  }

  /**
   * As far as is known: nothing has changed since a sweep that found nothing, and its time has not
   * come.
   */
  #hasNothingDue(nowMs: number): boolean {
    return this.#nextDue.entryNo === this.#state.lastEntryNo && nowMs < this.#nextDue.untilMs;
  }

  /** Appends what time alone has brought about by `nowMs`. Must run inside a transaction. */
  sweep(nowMs: number): void {
    if (this.#hasNothingDue(nowMs)) return;
    const { lastEntryNo } = this.#state;
    // One after the other: an expired hold frees a part of a grant, which pays debts before it
    // expires itself.
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
   * Writes the state down, so that nothing before it has to be replayed. Must run inside a
   * transaction.
   */
  checkpoint(): void {
    for (const grant of evictSpentGrants(this.#state)) {
      this.#sql.exec(
        "INSERT INTO spent_grants (grant_no, detail) VALUES (?, ?)",
        grant.grantNo,
        JSON.stringify(grant),
      );
    }
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

  /** A grant, live or put away. */
  readGrant(grantNo: number): Grant {
    const live = this.#state.grants[grantNo];
    if (live !== undefined) return live;
    const { detail } = this.#sql
      .exec<{ detail: string }>("SELECT detail FROM spent_grants WHERE grant_no = ?", grantNo)
      .one();
    return JSON.parse(detail);
  }

  /**
   * Makes a grant live that may have been put away, so that the next entry can change it. Must run
   * inside a transaction. No checkpoint comes in between, which would put it away again.
   */
  reviveGrant(grantNo: number, nowMs: number): void {
    if (this.#state.grants[grantNo] !== undefined) return;
    this.#appendEntry({ kind: "grant_revived", grant: this.readGrant(grantNo) }, nowMs);
    this.#sql.exec("DELETE FROM spent_grants WHERE grant_no = ?", grantNo);
  }

  /** The last entry that an operation made, when it has been applied before. */
  findOperation(operationId: string): NumberedEntry | null {
    const [row] = this.#sql.exec<EntryRow>(
      "SELECT entries.* FROM operations JOIN entries USING (entry_no) WHERE operation_id = ?",
      operationId,
    );
    return row === undefined ? null : toLedgerRow(row);
  }

  /** Keeps the last entry that an operation made. */
  recordOperation(operationId: string, entryNo: number): void {
    this.#sql.exec(
      "INSERT INTO operations (operation_id, entry_no) VALUES (?, ?) ON CONFLICT (operation_id) DO UPDATE SET entry_no = excluded.entry_no",
      operationId,
      entryNo,
    );
  }

  /**
   * How a hold that is no longer open ended. Its ending comes after it, as a rule soon: the scan is
   * short.
   */
  findHoldEnding(holdNo: number): LedgerRow | null {
    const [row] = this.#sql.exec<EntryRow>(
      "SELECT * FROM entries WHERE entry_no > ? AND kind IN ('capture', 'void', 'expire') AND json_extract(detail, '$.holdNo') = ? LIMIT 1",
      holdNo,
      holdNo,
    );
    return row === undefined ? null : toLedgerRow(row);
  }

  /** Entries that moved value, newest first, older than `before`. */
  listMovements(limit: number, before: number | null): LedgerRow[] {
    const rows = this.#sql.exec<EntryRow>(
      "SELECT * FROM entries WHERE amount_microcredits <> 0 AND entry_no < ? ORDER BY entry_no DESC LIMIT ?",
      before ?? Number.MAX_SAFE_INTEGER,
      limit,
    );
    return [...rows].map(toLedgerRow);
  }

  /**
   * Grants, newest first, older than `before`: live ones from the state, used-up ones as they were
   * put away.
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
