import {
  type AuthorizeCommand,
  type AuthorizeResult,
  type CallerCredential,
  creditAccount,
} from "../account/index.ts";
import { type Caller, openNamedUser } from "../auth/index.ts";
import { formatError } from "../db.ts";
import { fail, ok, type Result } from "../errors.ts";
import { log } from "../log.ts";
import type { ChatContext } from "./types.ts";

const UNREACHABLE = fail(
  "billing_unavailable",
  "We can't reach your account right now. You weren't charged; try again.",
);

/** The account's answer, and the caller with the user whose account it is. */
export interface RequestedHold {
  readonly hold: AuthorizeResult;
  readonly caller: Caller;
}

const toCredential = ({ via }: Caller): CallerCredential =>
  via.kind === "management" ? { kind: "management" } : via;

/** Whether the account that a management key's user should have is not open. */
const isNotOpen = (hold: AuthorizeResult): boolean =>
  hold.kind === "refused" && hold.failure.code === "not_found";

/**
 * Requests a hold: the first RPC of whatever is paid for by it. It checks the key, the rate limit
 * and who pays. A user whom a management key names for the first time is created, and asked again.
 * @returns `billing_unavailable` where the account cannot be reached; what it refuses is an answer
 */
export async function requestHold(
  context: ChatContext,
  chat: AuthorizeCommand["chat"],
): Promise<Result<RequestedHold>> {
  const { env, caller, idempotency, isCounted = false } = context;
  const authorize = async (payer: Caller) =>
    await creditAccount(env, payer.userId).authorize({
      caller: toCredential(payer),
      chat,
      idempotency,
      ...(isCounted ? { isCounted } : {}),
    });
  try {
    const hold = await authorize(caller);
    const { via } = caller;
    if (via.kind !== "management" || !isNotOpen(hold)) return ok({ hold, caller });
    const opened = await openNamedUser(context, { ...caller, via });
    if (!opened.ok) return opened;
    const payer = opened.value.caller;
    const second = await authorize(payer);
    return isNotOpen(second) ? UNREACHABLE : ok({ hold: second, caller: payer });
  } catch (error) {
    // Not retried: a first try whose answer was lost may hold already, and that hold expires by
    // itself.
    log.error("hold.authorize_failed", { error: formatError(error) });
    return UNREACHABLE;
  }
}
