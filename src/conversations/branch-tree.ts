/**
 * The branches of one conversation: which of the user's messages follows which. A message is known
 * by its sequence number.
 */
export class BranchTree {
  readonly #parents = new Map<number, number | null>();

  /**
   * @param sequences all messages of the user's, oldest first
   * @param parents the messages that do not simply follow the one before them, each with the one
   *   that it follows (null: the beginning)
   */
  constructor(sequences: readonly number[], parents: ReadonlyMap<number, number | null>) {
    let before: number | null = null;
    for (const sequence of sequences) {
      const parent = parents.get(sequence);
      this.#parents.set(sequence, parent === undefined ? before : this.#existing(parent));
      before = sequence;
    }
  }

  /** Returns the message itself, or the newest before it where it was removed. */
  #existing(sequence: number | null): number | null {
    if (sequence === null || this.#parents.has(sequence)) return sequence;
    return [...this.#parents.keys()].findLast((each) => each < sequence) ?? null;
  }

  /** Returns the message that another follows; null at the beginning. */
  parentOf(sequence: number): number | null {
    return this.#parents.get(sequence) ?? null;
  }

  /** Lists the branch that ends with a message, oldest first. */
  branchTo(leaf: number | null): number[] {
    const branch: number[] = [];
    for (let at = this.#existing(leaf); at !== null; at = this.parentOf(at)) branch.push(at);
    return branch.toReversed();
  }

  /** Lists the messages that stand in one place, oldest first, the given one among them. */
  alternativesOf(sequence: number): number[] {
    const parent = this.parentOf(sequence);
    return [...this.#parents].filter(([, each]) => each === parent).map(([each]) => each);
  }

  /** Returns the newest message of the branches that go through a message. */
  newestLeafOf(sequence: number): number {
    const through = new Set([sequence]);
    for (const [each, parent] of this.#parents)
      if (parent !== null && through.has(parent)) through.add(each);
    return Math.max(...through);
  }
}
