import { HOUR_MS, MINUTE_MS } from "../time.ts";

/**
 * Returns the time (ms) from a try to the next one: a minute after the first, then twice as long
 * each time, up to an hour. It is longer than any try takes, so that two never overlap.
 * @param tries how many were made, this one included
 */
export const retryDelayMs = (tries: number): number =>
  Math.min(HOUR_MS, MINUTE_MS * 2 ** (Math.max(1, tries) - 1));
