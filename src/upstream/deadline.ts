/** The reason for aborting an upstream: it was silent for too long, or took too long in all. */
export class UpstreamTimeout extends Error {
  override readonly name = "UpstreamTimeout";
}

/** The reason for aborting an upstream whose reply nobody wants any more. */
export class Abandoned extends Error {
  override readonly name = "Abandoned";
}

/**
 * Aborts an upstream (`signal`) that is silent for `idleMs`, has not begun its reply within
 * `beginMs`, or is not done `totalMs` after it was called. `touch()` costs a clock reading
 * only: the timer finds out, when it fires, whether it may wait on.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #idleMs: number;
  readonly #endsAt: number;
  #beginsBy: number;
  #lastActivityAt: number;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(idleMs: number, totalMs: number, beginMs = totalMs) {
    this.#idleMs = idleMs;
    this.#lastActivityAt = Date.now();
    this.#endsAt = this.#lastActivityAt + totalMs;
    this.#beginsBy = this.#lastActivityAt + beginMs;
    this.#watch();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Records a sign of life. */
  touch(): void {
    this.#lastActivityAt = Date.now();
  }

  /** Records that the reply began: from now on only silence counts, and the time in all. */
  begun(): void {
    this.#beginsBy = this.#endsAt;
  }

  /** Aborts the upstream: what it replies is not wanted any more. */
  abandon(): void {
    this.clear();
    this.#controller.abort(new Abandoned());
  }

  /** Stops the timer: nothing more is expected of the upstream. */
  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Returns why a call failed: its own error, or the timeout that caused it. */
  reasonFor(error: unknown): unknown {
    const { aborted, reason } = this.signal;
    return aborted ? reason : error;
  }

  #watch(): void {
    const due = Math.min(this.#lastActivityAt + this.#idleMs, this.#beginsBy, this.#endsAt);
    const left = due - Date.now();
    if (left <= 0) this.#controller.abort(new UpstreamTimeout());
    else this.#timer = setTimeout(() => this.#watch(), left);
  }
}
