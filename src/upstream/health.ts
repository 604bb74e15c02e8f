import { MINUTE_MS, SECOND_MS } from "../time.ts";

/** So many failures in a row within this time say that an upstream is down. */
const FAILURES = 3;
const FAILURES_WITHIN_MS = MINUTE_MS;
/** The time for which it is then tried last, unless it said for how long itself. */
const REST_MS = 30 * SECOND_MS;
/** The longest time that is believed. */
const REST_MAX_MS = 5 * MINUTE_MS;

/** Failures in a row, since when, and until when the upstream rests (ms since 1970). */
interface Vitals {
  readonly failures: number;
  readonly since: number;
  readonly restsUntil: number;
}

/**
 * How upstreams did lately, by any name that their user gives them. In memory only: each isolate
 * learns by itself, and forgets with its end.
 */
export class UpstreamHealth {
  readonly #vitals = new Map<string, Vitals>();

  /**
   * Notes a failure. After a rest one more is enough for the next.
   * @param retryAfterSeconds the time for which the upstream asked to be left alone; null where it
   *   did not
   */
  noteFailure(name: string, nowMs: number, retryAfterSeconds: number | null = null): void {
    const before = this.#vitals.get(name);
    const isInRow = before !== undefined && nowMs - before.since < FAILURES_WITHIN_MS;
    const failures = isInRow ? before.failures + 1 : 1;
    const since = isInRow ? before.since : nowMs;
    const isDown = retryAfterSeconds !== null || failures >= FAILURES;
    const restMs =
      retryAfterSeconds === null ? REST_MS : Math.min(retryAfterSeconds * SECOND_MS, REST_MAX_MS);
    this.#vitals.set(
      name,
      isDown
        ? { failures: FAILURES - 1, since: nowMs + restMs, restsUntil: nowMs + restMs }
        : { failures, since, restsUntil: before?.restsUntil ?? 0 },
    );
  }

  /** Notes a reply: what was before is forgotten. */
  noteReply(name: string): void {
    this.#vitals.delete(name);
  }

  /** Whether an upstream is left alone for now. */
  isResting(name: string, nowMs: number): boolean {
    return nowMs < (this.#vitals.get(name)?.restsUntil ?? 0);
  }
}
