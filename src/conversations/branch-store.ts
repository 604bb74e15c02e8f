import { BranchTree } from "./branch-tree.ts";
import type { Row } from "./history-rows.ts";

/**
 * The branches of one user's conversations. A message has a row only where it may not simply follow
 * the one before it, so a conversation without branches has none.
 */
export class BranchStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Loads the branches of a conversation, or null where it has none. */
  find(no: number): BranchTree | null {
    const parents = this.#listParents(no);
    return parents.size === 0 ? null : new BranchTree(this.#listSequences(no), parents);
  }

  /** Loads the branches of a conversation. Without any it is one branch. */
  load(no: number): BranchTree {
    return new BranchTree(this.#listSequences(no), this.#listParents(no));
  }

  /** Returns the user's newest message; null without one. */
  newest(no: number): number | null {
    const [row] = this.#sql.exec<Row<{ place: number }>>(
      `SELECT place FROM messages WHERE conversation_no = ? AND role = 'user'
      ORDER BY place DESC LIMIT 1`,
      no,
    );
    return row?.place ?? null;
  }

  /** Finds the user's message with this id, or the one whose reply has it. */
  findSequence(no: number, messageId: string): number | null {
    const [row] = this.#sql.exec<Row<{ place: number; role: string }>>(
      "SELECT place, role FROM messages WHERE conversation_no = ? AND id = ?",
      no,
      messageId,
    );
    if (row === undefined) return null;
    const sequence = row.role === "user" ? row.place : row.place - 1;
    return sequence < 0 ? null : sequence;
  }

  /**
   * Records which message a new one follows.
   * @param formerLeaf the end of the branch that was shown until then
   */
  insert(no: number, sequence: number, parent: number | null, formerLeaf: number | null): void {
    this.#sql.exec(
      `INSERT INTO branches (conversation_no, place, parent_place, former_leaf_place)
      VALUES (?, ?, ?, ?)`,
      no,
      sequence,
      parent,
      formerLeaf,
    );
  }

  /** Removes a message from its branch, and shows the one again that was shown before it. */
  remove(no: number, sequence: number): void {
    const [row] = this.#sql.exec<Row<{ former_leaf_place: number | null }>>(
      `DELETE FROM branches WHERE conversation_no = ? AND place = ?
      RETURNING former_leaf_place`,
      no,
      sequence,
    );
    if (row === undefined) return;
    this.#sql.exec(
      `UPDATE conversations SET leaf_place = ? WHERE conversation_no = ? AND leaf_place IS NULL`,
      row.former_leaf_place,
      no,
    );
  }

  /** Chooses the branch that is shown and goes on; null: the one with the newest message. */
  setLeaf(no: number, sequence: number | null): void {
    this.#sql.exec(
      "UPDATE conversations SET leaf_place = ? WHERE conversation_no = ?",
      sequence,
      no,
    );
  }

  #listParents(no: number): Map<number, number | null> {
    const rows = this.#sql.exec<Row<{ place: number; parent_place: number | null }>>(
      "SELECT place, parent_place FROM branches WHERE conversation_no = ?",
      no,
    );
    return new Map([...rows].map((row) => [row.place, row.parent_place]));
  }

  #listSequences(no: number): number[] {
    const rows = this.#sql.exec<Row<{ place: number }>>(
      `SELECT place FROM messages WHERE conversation_no = ? AND role = 'user' ORDER BY place`,
      no,
    );
    return [...rows].map((row) => row.place);
  }
}
