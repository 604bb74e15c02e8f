import { ApiError } from "./errors.ts";
import type { Fault, Store } from "./store.ts";

/**
 * Returns whether a path is meant by a switch: it is the same, where `:id` stands for any segment;
 * a switch that ends with a slash means everything below.
 */
function isMeant(path: string, meant: string): boolean {
  if (meant.endsWith("/")) return path.startsWith(meant);
  const [segments, wanted] = [path.split("/"), meant.split("/")];
  return (
    segments.length === wanted.length &&
    wanted.every((one, index) => one === segments[index] || one.startsWith(":"))
  );
}

/** Takes the first fault that matches a request from the scripted faults. */
export function takeFault(store: Store, method: string, path: string): Fault | undefined {
  const { faults } = store.settings;
  const fits = (fault: Fault) =>
    (fault.method === undefined || fault.method.toUpperCase() === method) &&
    (fault.path === undefined || isMeant(path, fault.path));
  const fault = faults.find(fits);
  if (fault !== undefined) {
    store.set({
      faults: faults.flatMap((one) =>
        one !== fault ? [one] : one.times > 1 ? [{ ...one, times: one.times - 1 }] : [],
      ),
    });
  }
  return fault;
}

/** Returns the error of a fault, in Stripe's form. */
export function faultError(answer: 400 | 402 | 409 | 429 | 500): ApiError {
  switch (answer) {
    case 400:
      return new ApiError(400, {
        type: "invalid_request_error",
        message: "This cannot be done at the moment.",
      });
    case 402:
      return new ApiError(402, {
        type: "card_error",
        code: "card_declined",
        decline_code: "generic_decline",
        message: "Your card was declined.",
      });
    case 409:
      return new ApiError(409, {
        type: "invalid_request_error",
        code: "lock_timeout",
        message:
          "This object cannot be accessed right now because another API request or Stripe " +
          "process is currently accessing it.",
      });
    case 429:
      return new ApiError(429, {
        type: "invalid_request_error",
        code: "rate_limit",
        message:
          "Too many requests hit the API too quickly. " +
          "We recommend an exponential backoff of your requests.",
      });
    case 500:
      return new ApiError(500, { type: "api_error", message: "An unknown error occurred" });
    default:
      return answer satisfies never;
  }
}

/** Waits, like an API that does not answer, until the caller gives up or the time is over. */
export function hang(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
