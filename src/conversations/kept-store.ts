import type { KeptChat, KeptPage } from "../kept/index.ts";

/** The most chats of a user that are kept, and the most characters of all of them. */
const KEPT_MAX = 10_000;
const KEPT_LENGTH_MAX = 268_435_456;
/** The most characters of a page: what an RPC carries with ease. */
const PAGE_LENGTH_MAX = 4_194_304;
const PAGE_MAX = 100;

interface KeptRow extends Record<string, SqlStorageValue> {
  holdNo: number;
  keptAtMs: number;
  expiresAtMs: number;
  isStream: number;
  isRequestCut: number;
  isReplyCut: number;
  request: string;
  reply: string | null;
}

const COLUMNS = `hold_no AS holdNo, kept_at_ms AS keptAtMs, expires_at_ms AS expiresAtMs,
  is_stream AS isStream, is_request_cut AS isRequestCut, is_reply_cut AS isReplyCut,
  request, reply`;

const toKept = (row: KeptRow): KeptChat => ({
  ...row,
  isStream: row.isStream === 1,
  isRequestCut: row.isRequestCut === 1,
  isReplyCut: row.isReplyCut === 1,
});

/** Prompts and replies that keys have kept, in one user's object. */
export class KeptStore {
  readonly #sql: SqlStorage;
  #count: number;
  #length: number;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const { count, length } = sql
      .exec<{ count: number; length: number }>(
        "SELECT count(*) AS count, coalesce(sum(length), 0) AS length FROM kept_chats",
      )
      .one();
    this.#count = count;
    this.#length = length;
  }

  /** Keeps a chat, once. Where there are too many, the oldest go. */
  add(chat: KeptChat): void {
    const length = chat.request.length + (chat.reply?.length ?? 0);
    const added = this.#sql.exec(
      `INSERT INTO kept_chats (hold_no, kept_at_ms, expires_at_ms, length, is_stream,
         is_request_cut, is_reply_cut, request, reply)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      chat.holdNo,
      chat.keptAtMs,
      chat.expiresAtMs,
      length,
      chat.isStream ? 1 : 0,
      chat.isRequestCut ? 1 : 0,
      chat.isReplyCut ? 1 : 0,
      chat.request,
      chat.reply,
    );
    if (added.rowsWritten === 0) return;
    this.#count += 1;
    this.#length += length;
    while (this.#count > KEPT_MAX || this.#length > KEPT_LENGTH_MAX) {
      const [oldest] = this.#sql.exec<{ holdNo: number }>(
        "SELECT min(hold_no) AS holdNo FROM kept_chats",
      );
      if (oldest === undefined || !this.remove(oldest.holdNo)) return;
    }
  }

  find(holdNo: number, nowMs: number): KeptChat | null {
    const [row] = this.#sql.exec<KeptRow>(
      `SELECT ${COLUMNS} FROM kept_chats WHERE hold_no = ? AND expires_at_ms > ?`,
      holdNo,
      nowMs,
    );
    return row === undefined ? null : toKept(row);
  }

  /** Lists what is kept, oldest first, a bounded part of it. @param after the last one before */
  listAfter(after: number, nowMs: number): KeptPage {
    const chats: KeptChat[] = [];
    let length = 0;
    const rows = this.#sql.exec<KeptRow>(
      `SELECT ${COLUMNS} FROM kept_chats WHERE hold_no > ? AND expires_at_ms > ?
       ORDER BY hold_no LIMIT ?`,
      after,
      nowMs,
      PAGE_MAX,
    );
    for (const row of rows) {
      chats.push(toKept(row));
      length += row.request.length + (row.reply?.length ?? 0);
      if (length >= PAGE_LENGTH_MAX) break;
    }
    return { chats, after: chats.at(-1)?.holdNo ?? null };
  }

  /** Removes what is kept of a chat. Returns false where nothing is. */
  remove(holdNo: number): boolean {
    const [row] = this.#sql.exec<{ length: number }>(
      "DELETE FROM kept_chats WHERE hold_no = ? RETURNING length",
      holdNo,
    );
    if (row === undefined) return false;
    this.#count -= 1;
    this.#length -= row.length;
    return true;
  }

  /** Removes everything whose days are over. */
  removeExpired(nowMs: number): void {
    const removed = this.#sql
      .exec<{ length: number }>(
        "DELETE FROM kept_chats WHERE expires_at_ms <= ? RETURNING length",
        nowMs,
      )
      .toArray();
    this.#count -= removed.length;
    for (const { length } of removed) this.#length -= length;
  }

  /** Returns when the next of them ends; null where nothing is kept. */
  nextEnd(): number | null {
    return this.#sql
      .exec<{ at: number | null }>("SELECT min(expires_at_ms) AS at FROM kept_chats")
      .one().at;
  }
}
