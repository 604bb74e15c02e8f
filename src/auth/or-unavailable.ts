import { Refusal } from "../errors.ts";

/**
 * Waits for an answer of a credit account's object.
 * @throws {Refusal} `billing_unavailable` when there is none: what the object refuses is in its
 *   answer, so what it throws is an outage, or a bug of ours that the log tells
 */
export async function orUnavailable<P extends Promise<unknown>>(call: P): Promise<Awaited<P>> {
  try {
    return await call;
  } catch (error) {
    console.error(
      JSON.stringify({ level: "error", doing: "asking a credit account", error: String(error) }),
    );
    throw new Refusal({
      code: "billing_unavailable",
      message: "The credit account cannot be reached. Try again.",
    });
  }
}
