/** Why an upstream was given up: it said nothing for too long, or took too long in all. */
export class UpstreamSilent extends Error {
  override readonly name = "UpstreamSilent";
}

/** Why an upstream was given up: nobody is there to hear it any more. */
class ClientGone extends Error {
  override readonly name = "ClientGone";
}

/**
 * Gives an upstream up (aborts `signal`) that says nothing for `idleMs`, that is not done `totalMs` after it was asked, or
 * whose client has left. `heard()` costs nothing but a clock reading: the timer looks, when it fires, whether it may wait on.
 */
export class Deadline {
  readonly clientGone: AbortSignal;
  readonly #controller = new AbortController();
  readonly #whole = new AbortController();
  readonly #idleMs: number;
  readonly #endsAt: number;
  #heardAt: number;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(idleMs: number, totalMs: number, clientGone: AbortSignal) {
    this.clientGone = clientGone;
    this.#idleMs = idleMs;
    this.#heardAt = Date.now();
    this.#endsAt = this.#heardAt + totalMs;
    this.#watch();
    if (clientGone.aborted) this.#controller.abort(new ClientGone());
    clientGone.addEventListener("abort", () => this.#controller.abort(new ClientGone()), { signal: this.#whole.signal });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The upstream said something. */
  heard(): void {
    this.#heardAt = Date.now();
  }

  /** The reply is a stream: from here on its relay hears that the client has left, and ends it without an error. */
  streaming(): void {
    this.#whole.abort();
  }

  /** Nothing more is expected of the upstream. */
  over(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #watch(): void {
    const due = Math.min(this.#heardAt + this.#idleMs, this.#endsAt);
    const left = due - Date.now();
    if (left <= 0) this.#controller.abort(new UpstreamSilent());
    else this.#timer = setTimeout(() => this.#watch(), left);
  }
}
