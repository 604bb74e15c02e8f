/** Why an upstream was given up: it said nothing for too long, or took too long in all. */
export class UpstreamTimeout extends Error {
  override readonly name = "UpstreamSilent";
}

/**
 * Gives an upstream up (aborts `signal`) that says nothing for `idleMs`, or is not done `totalMs`
 * after it was asked. `heard()` costs nothing but a clock reading: the timer looks, when it fires,
 * whether it may wait on.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #idleMs: number;
  readonly #endsAt: number;
  #lastActivityAt: number;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(idleMs: number, totalMs: number) {
    this.#idleMs = idleMs;
    this.#lastActivityAt = Date.now();
    this.#endsAt = this.#lastActivityAt + totalMs;
    this.#watch();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The upstream said something. */
  touch(): void {
    this.#lastActivityAt = Date.now();
  }

  /** Nothing more is expected of the upstream. */
  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #watch(): void {
    const due = Math.min(this.#lastActivityAt + this.#idleMs, this.#endsAt);
    const left = due - Date.now();
    if (left <= 0) this.#controller.abort(new UpstreamTimeout());
    else this.#timer = setTimeout(() => this.#watch(), left);
  }
}
