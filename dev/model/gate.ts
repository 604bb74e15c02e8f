/**
 * Holds a reply back until the test lets it go, frame by frame. A reply that is not streamed is one
 * frame.
 */
export class Gate {
  #allowed = 0;
  #waiting: Array<() => void> = [];
  #arrivals = 0;
  #watchers: Array<{ at: number; resolve: () => void }> = [];

  /** Lets the next `frames` through; all of them when left out. */
  open(frames = Number.POSITIVE_INFINITY): void {
    this.#allowed += frames;
    while (this.#allowed > 0) {
      const go = this.#waiting.shift();
      if (go === undefined) return;
      this.#allowed -= 1;
      go();
    }
  }

  /**
   * Resolves when the `nth` frame stands before the gate (or has passed it): the upstream has been
   * called, n-1 are out.
   */
  async reached(nth = 1): Promise<void> {
    if (this.#arrivals >= nth) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.push({ at: nth, resolve });
    await promise;
  }

  /** The model waits here before each frame. */
  async pass(): Promise<void> {
    this.#arrivals += 1;
    for (const { at, resolve } of this.#watchers) if (this.#arrivals >= at) resolve();
    this.#watchers = this.#watchers.filter(({ at }) => this.#arrivals < at);
    if (this.#allowed > 0) {
      this.#allowed -= 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    await promise;
  }
}
