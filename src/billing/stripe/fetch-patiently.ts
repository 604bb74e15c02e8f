import { SECOND_MS } from "../../time.ts";

/** The waits before a request that was refused for its rate is made again. */
const WAITS_MS = [250, 500, SECOND_MS, 2 * SECOND_MS] as const;
/** The longest wait that Stripe may ask for: a webhook has to be answered. */
const WAIT_MAX_MS = 5 * SECOND_MS;
const TOO_MANY_REQUESTS = 429;

/**
 * Returns how long to wait before a request that was answered 429 is made again: as long as Stripe
 * says, else longer each time (https://docs.stripe.com/rate-limits#handling-limiting-gracefully).
 * @param tries how often it was made
 * @param spread a number from 0 to 1, so that requests refused together do not return together
 * @returns null when it is given up
 */
export function waitAfterRefusal(
  { status, headers }: Pick<Response, "status" | "headers">,
  tries: number,
  spread: number,
): number | null {
  const backoffMs = WAITS_MS[tries - 1];
  const isFinal = headers.get("stripe-should-retry") === "false";
  if (status !== TOO_MANY_REQUESTS || backoffMs === undefined || isFinal) return null;
  const askedMs = Number(headers.get("retry-after") ?? 0) * SECOND_MS;
  if (askedMs > 0) return Math.min(askedMs, WAIT_MAX_MS);
  return backoffMs * (1 + spread / 2);
}

/**
 * Calls Stripe, and waits where it limits the rate. A request that is refused for its rate was not
 * begun, so it may be made again whatever it is. Stripe's client repeats other failures, and not
 * this one.
 */
export async function fetchPatiently(
  input: RequestInfo | URL,
  init?: RequestInit,
): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(input, init);
    const waitMs = waitAfterRefusal(response, tries, Math.random());
    if (waitMs === null) return response;
    await response.body?.cancel();
    await scheduler.wait(waitMs);
  }
}
