import { formatError } from "../db.ts";
import { Refusal } from "../errors.ts";
import { log } from "../log.ts";

/**
 * Waits for the answer of a Durable Object.
 * @param object its class, which only the log names
 * @throws {Refusal} `billing_unavailable` when there is no answer. An object returns what it
 *   refuses, so an error is an outage, or a bug of ours that the log shows.
 */
export async function orUnavailable<P extends Promise<unknown>>(
  call: P,
  object: "CreditAccount" | "ChatHistory" = "CreditAccount",
): Promise<Awaited<P>> {
  try {
    return await call;
  } catch (error) {
    log.error("object.call_failed", { object, error: formatError(error) });
    throw new Refusal({
      code: "billing_unavailable",
      message: "We can't reach your account right now. Try again.",
    });
  }
}
