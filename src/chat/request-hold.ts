import { type AuthorizeCommand, type AuthorizeResult, creditAccount } from "../account/index.ts";
import { formatError } from "../db.ts";
import { fail, ok, type Result } from "../errors.ts";
import { log } from "../log.ts";
import type { ChatContext } from "./types.ts";

/**
 * Requests a hold: the first RPC of whatever is paid for by it. It checks the key, the rate limit
 * and who pays.
 * @returns `billing_unavailable` where the account cannot be reached; what it refuses is an answer
 */
export async function requestHold(
  { env, caller, idempotency, isCounted = false }: ChatContext,
  chat: AuthorizeCommand["chat"],
): Promise<Result<AuthorizeResult>> {
  try {
    const { userId, via } = caller;
    const command: AuthorizeCommand = {
      caller: via,
      chat,
      idempotency,
      ...(isCounted ? { isCounted } : {}),
    };
    return ok(await creditAccount(env, userId).authorize(command));
  } catch (error) {
    // Not retried: a first try whose answer was lost may hold already, and that hold expires by
    // itself.
    log.error("hold.authorize_failed", { error: formatError(error) });
    return fail(
      "billing_unavailable",
      "We can't reach your account right now. You weren't charged; try again.",
    );
  }
}
