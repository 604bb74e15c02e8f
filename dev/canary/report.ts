/** The findings of a canary, point by point. */
export class Report {
  #failed = 0;

  get failed(): number {
    return this.#failed;
  }

  /**
   * Prints a verdict on one point. `check` returns the figures to show.
   * @returns whether it is as it should be; `check` throws if it is not
   */
  async point(title: string, check: () => Promise<string>): Promise<boolean> {
    try {
      console.log(`✓ ${title}: ${await check()}`);
      return true;
    } catch (error) {
      this.#failed += 1;
      console.log(`✗ ${title}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  /** Prints a point that cannot be checked, and why. */
  skip(title: string, reason: string): void {
    console.log(`– ${title}: ${reason}`);
  }
}

/** Throws unless the condition holds. */
export function must(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
