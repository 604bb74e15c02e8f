const EXAMPLES_SHOWN = 5;

/** The promises of one proof, and which of them were broken. */
export class Checks {
  #broken = 0;

  /** Whether no promise was broken so far. */
  get hold(): boolean {
    return this.#broken === 0;
  }

  /**
   * Prints whether a promise holds.
   * @param violations descriptions of everything that breaks it
   */
  report(promise: string, violations: readonly string[]): void {
    if (violations.length === 0) {
      console.log(`✓ ${promise}`);
      return;
    }
    this.#broken += 1;
    console.log(`✗ ${promise}: ${violations.length} times not`);
    for (const violation of violations.slice(0, EXAMPLES_SHOWN)) console.log(`    ${violation}`);
  }
}
