import type { Order } from "./store.ts";

/** The longest time for which a request waits for an order, in seconds. */
export const WAIT_SECONDS_MAX = 25;

/** The delays before each look at an order, in ms: soon at first, then less often. */
const DELAYS_MS = [500, 750, 1100, 1700, 2500, 3800] as const;
const LAST_DELAY_MS = 4000;

/**
 * Waits until an order is no longer pending: its payment was fulfilled, or failed. It looks at D1
 * some ten times at most.
 * @param find looks the order up
 * @param waitMs after which it is returned as it is
 * @param pause waits for some ms
 * @returns undefined for an order that is gone
 */
export async function waitWhilePending<O extends Pick<Order, "status">>(
  find: () => Promise<O | undefined>,
  waitMs: number,
  pause: (ms: number) => Promise<void> = (ms) => scheduler.wait(ms),
): Promise<O | undefined> {
  let order = await find();
  let leftMs = waitMs;
  for (let look = 0; order?.status === "pending" && leftMs > 0; look += 1) {
    const delayMs = Math.min(leftMs, DELAYS_MS[look] ?? LAST_DELAY_MS);
    await pause(delayMs);
    leftMs -= delayMs;
    order = await find();
  }
  return order;
}
