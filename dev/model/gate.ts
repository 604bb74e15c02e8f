/**
 * Holds back a reply until the test releases it, frame by frame. A reply that is not streamed is
 * one frame.
 */
export class Gate {
  #allowed = 0;
  #waiting: Array<() => void> = [];
  #arrivals = 0;
  #watchers: Array<{ at: number; resolve: () => void }> = [];

  /** Releases the next `frames`, or all of them. */
  open(frames = Number.POSITIVE_INFINITY): void {
    this.#allowed += frames;
    while (this.#allowed > 0) {
      const release = this.#waiting.shift();
      if (release === undefined) return;
      this.#allowed -= 1;
      release();
    }
  }

  /**
   * Resolves when the `nth` frame has arrived at the gate (or passed it): the upstream has been
   * called, and n-1 frames were sent.
   */
  async reached(nth = 1): Promise<void> {
    if (this.#arrivals >= nth) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.push({ at: nth, resolve });
    await promise;
  }

  /** Waits until the next frame may pass. The model calls this before each frame. */
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
