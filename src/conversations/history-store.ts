import { migrate } from "../object/migrate.ts";
import { joinChunks, splitIntoChunks } from "../object/row-chunks.ts";
import { BranchStore } from "./branch-store.ts";
import type { BranchTree } from "./branch-tree.ts";
import { estimateTokens, type HistoryLine } from "./context-budget.ts";
import {
  type ConversationRow,
  type MessageRow,
  type Row,
  type StoredConversation,
  toStoredConversation,
} from "./history-rows.ts";
import { MIGRATIONS } from "./schema.ts";
import type {
  ConversationChange,
  Message,
  MessageStatus,
  NewConversation,
  ReplyUsage,
  TurnKey,
} from "./types.ts";

/** The stored fields of a message, beside its sequence number and text. */
type MessageFields = Pick<Message, "id" | "role" | "status" | "fare" | "createdAt"> & {
  readonly answerBy: number | null;
};

/** A turn by the `Idempotency-Key` that began it. */
export interface KeyedTurn {
  readonly fingerprint: string;
  readonly conversationId: string;
  readonly sequence: number;
  readonly at: number;
}

/** The error of a message whose turn died before it could store one. */
const INTERRUPTED = "interrupted";

/** The tables of one user's conversations. Decides nothing. */
export class HistoryStore {
  readonly #sql: SqlStorage;
  readonly branches: BranchStore;

  /** Must run inside a transaction. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.branches = new BranchStore(sql);
    migrate(sql, MIGRATIONS);
  }

  countConversations(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM conversations").one().n;
  }

  insertConversation(
    id: string,
    { title, agentId, model, systemPrompt, greeting }: NewConversation,
    nowMs: number,
  ): StoredConversation {
    const row = this.#sql
      .exec<ConversationRow>(
        `INSERT INTO conversations (
          id, title, agent_id, model, system_prompt, next_place, created_at_ms, updated_at_ms
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
        id,
        title,
        agentId,
        model,
        systemPrompt,
        greeting === null ? 0 : 1,
        nowMs,
        nowMs,
      )
      .one();
    return toStoredConversation(row);
  }

  findConversation(id: string): StoredConversation | null {
    const [row] = this.#sql.exec<ConversationRow>("SELECT * FROM conversations WHERE id = ?", id);
    return row === undefined ? null : toStoredConversation(row);
  }

  /** Lists conversations, newest first, older than `before`. */
  listConversations(limit: number, before: number | null): StoredConversation[] {
    const rows = this.#sql.exec<ConversationRow>(
      `SELECT * FROM conversations WHERE conversation_no < ?
      ORDER BY conversation_no DESC LIMIT ?`,
      before ?? Number.MAX_SAFE_INTEGER,
      limit,
    );
    return [...rows].map(toStoredConversation);
  }

  /**
   * Lists the conversations with a text in their title or messages, as `listConversations` does. Of
   * a message that fills more than a row, the first row is searched. Letters of ASCII match in
   * either case. Not by LIKE, whose pattern may have no more than 50 bytes.
   */
  searchConversations(search: string, limit: number, before: number | null): StoredConversation[] {
    const rows = this.#sql.exec<ConversationRow>(
      `SELECT * FROM conversations AS c
      WHERE conversation_no < ?1 AND (
        instr(lower(title), lower(?2)) > 0 OR EXISTS (
          SELECT 1 FROM messages AS m
          WHERE m.conversation_no = c.conversation_no AND instr(lower(m.content), lower(?2)) > 0
        )
      )
      ORDER BY conversation_no DESC LIMIT ?3`,
      before ?? Number.MAX_SAFE_INTEGER,
      search,
      limit,
    );
    return [...rows].map(toStoredConversation);
  }

  /** Iterates over conversations, oldest first, from this number on. Reads them on demand. */
  *iterateConversationsFrom(no: number): Generator<StoredConversation, void> {
    const rows = this.#sql.exec<ConversationRow>(
      "SELECT * FROM conversations WHERE conversation_no >= ? ORDER BY conversation_no",
      no,
    );
    for (const row of rows) yield toStoredConversation(row);
  }

  updateConversation(
    current: StoredConversation,
    change: ConversationChange,
    nowMs: number,
  ): StoredConversation {
    const row = this.#sql
      .exec<ConversationRow>(
        `UPDATE conversations SET title = ?, model = ?, system_prompt = ?, updated_at_ms = ?
        WHERE conversation_no = ? RETURNING *`,
        change.title === undefined ? current.title : change.title,
        change.model ?? current.model,
        change.systemPrompt === undefined ? current.systemPrompt : change.systemPrompt,
        nowMs,
        current.no,
      )
      .one();
    return toStoredConversation(row);
  }

  /**
   * Reserves sequence numbers at the end of a conversation, and gives it a title if it has none.
   * @returns the first of them
   */
  reserveSequences(no: number, count: number, title: string, nowMs: number): number {
    const { next_place } = this.#sql
      .exec<Row<{ next_place: number }>>(
        `UPDATE conversations
        SET next_place = next_place + ?, title = coalesce(title, ?), updated_at_ms = ?
        WHERE conversation_no = ? RETURNING next_place`,
        count,
        title,
        nowMs,
        no,
      )
      .one();
    return next_place - count;
  }

  /** Deletes a conversation with its messages. */
  deleteConversation(no: number): void {
    for (const table of ["more_text", "messages", "branches", "conversations"])
      this.#sql.exec(`DELETE FROM ${table} WHERE conversation_no = ?`, no);
  }

  insertMessage(no: number, sequence: number, text: string, fields: MessageFields): void {
    const content = text.toWellFormed();
    const [first, ...rest] = splitIntoChunks(content);
    this.#sql.exec(
      `INSERT INTO messages (
        conversation_no, place, id, role, status, content, more_parts, tokens, answer_by_ms, fare,
        created_at_ms
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      no,
      sequence,
      fields.id,
      fields.role,
      fields.status,
      first,
      rest.length,
      estimateTokens(content),
      fields.answerBy,
      fields.fare === null ? null : JSON.stringify(fields.fare),
      fields.createdAt,
    );
    for (const [part, more] of rest.entries())
      this.#sql.exec(
        "INSERT INTO more_text (conversation_no, place, part, content) VALUES (?, ?, ?, ?)",
        no,
        sequence,
        part,
        more,
      );
  }

  /** Sets the status of a message that is not pending any more, and the error that it ended by. */
  setStatus(no: number, sequence: number, status: MessageStatus, error: string | null): void {
    this.#sql.exec(
      `UPDATE messages SET status = ?, error = ?, answer_by_ms = NULL
      WHERE conversation_no = ? AND place = ?`,
      status,
      error,
      no,
      sequence,
    );
  }

  /**
   * Records that an agent replied in a conversation.
   * @returns whether it is the one in which the agent first replied, deleted ones among them
   */
  meetAgent(agentId: string, no: number): boolean {
    this.#sql.exec(
      "INSERT OR IGNORE INTO agents_met (agent_id, conversation_no) VALUES (?, ?)",
      agentId,
      no,
    );
    return (
      this.#sql
        .exec<{ conversation_no: number }>(
          "SELECT conversation_no FROM agents_met WHERE agent_id = ?",
          agentId,
        )
        .one().conversation_no === no
    );
  }

  deleteMessage(no: number, sequence: number): void {
    this.#sql.exec("DELETE FROM more_text WHERE conversation_no = ? AND place = ?", no, sequence);
    this.#sql.exec("DELETE FROM messages WHERE conversation_no = ? AND place = ?", no, sequence);
  }

  findMessage(
    no: number,
    sequence: number,
    nowMs: number,
    tree: BranchTree | null = this.branches.find(no),
  ): Message | null {
    const [row] = this.#sql.exec<MessageRow>(
      "SELECT * FROM messages WHERE conversation_no = ? AND place = ?",
      no,
      sequence,
    );
    return row === undefined ? null : this.#toMessage(row, nowMs, tree);
  }

  /** Returns whether a message waits for its reply, even if its time is over. */
  isPending(no: number, sequence: number): boolean {
    const rows = this.#sql.exec(
      `SELECT 1 FROM messages
      WHERE conversation_no = ? AND place = ? AND status = 'pending'`,
      no,
      sequence,
    );
    return [...rows].length > 0;
  }

  /** Returns whether a conversation has a message of the user's. */
  hasUserMessage(no: number): boolean {
    const rows = this.#sql.exec(
      "SELECT 1 FROM messages WHERE conversation_no = ? AND role = 'user' LIMIT 1",
      no,
    );
    return [...rows].length > 0;
  }

  /**
   * Iterates over the messages of the branch that is shown, in their order. Reads them on demand.
   * @param after the sequence number of the last one that was read before
   */
  *iterateBranchMessages(
    { no, leafSequence }: StoredConversation,
    direction: "asc" | "desc",
    after: number | null,
    nowMs: number,
  ): Generator<Message, void> {
    const tree = this.branches.find(no);
    if (tree === null) return yield* this.iterateConversationMessages(no, direction, after, nowMs);
    const branch = tree.branchTo(leafSequence ?? this.branches.newest(no));
    // A greeting, which nothing asked for, has the number 0.
    const all = [...new Set([0, ...branch.flatMap((each) => [each, each + 1])])];
    const sequences =
      direction === "asc"
        ? all.filter((each) => after === null || each > after)
        : all.toReversed().filter((each) => after === null || each < after);
    for (const sequence of sequences) {
      const message = this.findMessage(no, sequence, nowMs, tree);
      if (message !== null && (sequence > 0 || branch.includes(0) || message.role === "assistant"))
        yield message;
    }
  }

  /**
   * Iterates over all messages in their order, whatever their branch. Reads them on demand.
   * @param after the sequence number of the last one that was read before
   */
  *iterateConversationMessages(
    no: number,
    direction: "asc" | "desc",
    after: number | null,
    nowMs: number,
  ): Generator<Message, void> {
    const start = after ?? (direction === "asc" ? -1 : Number.MAX_SAFE_INTEGER);
    const rows =
      direction === "asc"
        ? this.#sql.exec<MessageRow>(
            "SELECT * FROM messages WHERE conversation_no = ? AND place > ? ORDER BY place",
            no,
            start,
          )
        : this.#sql.exec<MessageRow>(
            "SELECT * FROM messages WHERE conversation_no = ? AND place < ? ORDER BY place DESC",
            no,
            start,
          );
    const tree = this.branches.find(no);
    for (const row of rows) yield this.#toMessage(row, nowMs, tree);
  }

  /**
   * Iterates over messages that were answered and replies, newest first. Reads them on demand.
   * @param branch the messages of the user's to read, oldest first; null: all
   */
  *iterateHistoryLines(no: number, branch: readonly number[] | null): Generator<HistoryLine, void> {
    const rows =
      branch === null
        ? this.#sql.exec<MessageRow>(
            `SELECT * FROM messages
            WHERE conversation_no = ? AND status IN ('complete', 'partial') AND content <> ''
            ORDER BY place DESC`,
            no,
          )
        : this.#iterateTurnRows(no, branch);
    for (const row of rows)
      yield {
        sequence: row.place,
        role: row.role,
        tokens: row.tokens,
        content: this.#readContent(row),
      };
  }

  /** Iterates over what was said in these turns, newest first, and the greeting at last. */
  *#iterateTurnRows(no: number, turns: readonly number[]): Generator<MessageRow, void> {
    const said = `SELECT * FROM messages WHERE conversation_no = ?
      AND status IN ('complete', 'partial') AND content <> ''`;
    for (const turn of turns.toReversed())
      yield* this.#sql.exec<MessageRow>(
        `${said} AND place IN (?, ?) ORDER BY place DESC`,
        no,
        turn,
        turn + 1,
      );
    yield* this.#sql.exec<MessageRow>(`${said} AND place = 0 AND role = 'assistant'`, no);
  }

  findKeyedTurn(key: string): KeyedTurn | null {
    const [row] = this.#sql.exec<
      Row<{ fingerprint: string; conversation_id: string; place: number; at_ms: number }>
    >("SELECT * FROM turn_keys WHERE key = ?", key);
    if (row === undefined) return null;
    return {
      fingerprint: row.fingerprint,
      conversationId: row.conversation_id,
      sequence: row.place,
      at: row.at_ms,
    };
  }

  recordKey(
    { key, fingerprint }: TurnKey,
    conversationId: string,
    sequence: number,
    nowMs: number,
  ): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO turn_keys (key, fingerprint, conversation_id, place, at_ms)
      VALUES (?, ?, ?, ?, ?)`,
      key,
      fingerprint,
      conversationId,
      sequence,
      nowMs,
    );
  }

  /** Frees the key of a turn that was dropped. */
  deleteKey(conversationId: string, sequence: number): void {
    this.#sql.exec(
      "DELETE FROM turn_keys WHERE conversation_id = ? AND place = ?",
      conversationId,
      sequence,
    );
  }

  pruneKeys(beforeMs: number): void {
    this.#sql.exec("DELETE FROM turn_keys WHERE at_ms < ?", beforeMs);
  }

  #readContent(row: MessageRow): string {
    if (row.more_parts === 0) return row.content;
    const rest = this.#sql.exec<Row<{ content: string }>>(
      "SELECT content FROM more_text WHERE conversation_no = ? AND place = ? ORDER BY part",
      row.conversation_no,
      row.place,
    );
    return joinChunks([row.content, ...[...rest].map((chunk) => chunk.content)]);
  }

  #findId(no: number, sequence: number): string | null {
    const [row] = this.#sql.exec<Row<{ id: string }>>(
      "SELECT id FROM messages WHERE conversation_no = ? AND place = ?",
      no,
      sequence,
    );
    return row?.id ?? null;
  }

  /** Finds the id of the message before another in its branch. */
  #findParentId({ conversation_no: no, place, role }: MessageRow, tree: BranchTree | null) {
    if (tree !== null && role === "user") {
      const parent = tree.parentOf(place);
      if (parent !== null) return this.#findId(no, parent + 1) ?? this.#findId(no, parent);
      const [greeting] = this.#sql.exec<Row<{ id: string }>>(
        "SELECT id FROM messages WHERE conversation_no = ? AND place = 0 AND role = 'assistant'",
        no,
      );
      return greeting?.id ?? null;
    }
    const [before] = this.#sql.exec<Row<{ id: string }>>(
      `SELECT id FROM messages WHERE conversation_no = ? AND place < ?
      ORDER BY place DESC LIMIT 1`,
      no,
      place,
    );
    return before?.id ?? null;
  }

  #listAlternatives({ conversation_no: no, place, role }: MessageRow, tree: BranchTree | null) {
    const alternatives = tree === null || role !== "user" ? [] : tree.alternativesOf(place);
    return alternatives.length < 2
      ? []
      : alternatives.flatMap((each) => this.#findId(no, each) ?? []);
  }

  #toMessage(row: MessageRow, nowMs: number, tree: BranchTree | null): Message {
    const hasTimedOut = row.status === "pending" && (row.answer_by_ms ?? 0) <= nowMs;
    // Trust: only `insertMessage` writes `fare`.
    const usage: ReplyUsage | null = row.fare === null ? null : JSON.parse(row.fare);
    return {
      id: row.id,
      place: row.place,
      role: row.role,
      content: this.#readContent(row),
      status: hasTimedOut ? "failed" : row.status,
      error: hasTimedOut ? INTERRUPTED : row.error,
      fare: usage,
      createdAt: row.created_at_ms,
      parentId: this.#findParentId(row, tree),
      branches: this.#listAlternatives(row, tree),
    };
  }
}
