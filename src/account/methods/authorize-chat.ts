import type { Failure } from "../../errors.ts";
import { type Account, accountNotFound } from "../account.ts";
import type { HoldTerms } from "../ledger/entries.ts";
import { type AccountState, availableBalance } from "../ledger/state.ts";
import type { IdempotentRequest, StoredResponse } from "../stores/idempotency.ts";
import type { RateLimit } from "../stores/rate-limit.ts";
import type { CallerCredential } from "../types.ts";
import { tooManyRequests } from "./admit-request.ts";
import { checkKey } from "./check-key.ts";
import { type Headroom, headroomOf } from "./headroom.ts";
import { decideHold, type HoldRequest } from "./hold-decision.ts";
import { noteKeyPlace } from "./note-key-place.ts";
import { ACCOUNT_SUSPENDED } from "./set-suspension.ts";

export interface AuthorizeCommand {
  readonly caller: CallerCredential;
  readonly chat: Omit<HoldRequest, "idempotencyKey">;
  readonly idempotency: IdempotentRequest | null;
  /** Whether `admitRequest` counted the request already. */
  readonly isCounted?: boolean;
}

/** A hold with its terms and the balance after it, the first answer to replay, or a refusal. */
export type AuthorizeResult =
  | {
      readonly kind: "hold";
      readonly holdNo: number;
      readonly terms: HoldTerms;
      readonly availableMicrocredits: number;
      readonly rate: RateLimit;
      /** null where use is billed later; absent in answers of objects of before there was one. */
      readonly headroom?: Headroom | null;
      /** For how many days its key has prompt and reply kept; absent where it has not. */
      readonly keepDays?: number;
    }
  | { readonly kind: "replay"; readonly response: StoredResponse; readonly rate: RateLimit }
  | { readonly kind: "refused"; readonly failure: Failure; readonly rate: RateLimit | null };

const refused = (failure: Failure, rate: RateLimit | null): AuthorizeResult => ({
  kind: "refused",
  failure,
  rate,
});

const SESSION_ENDED: Failure = {
  code: "invalid_token",
  message: "This session has ended. Sign in again.",
};

/** Returns whether an account has as many open holds as that, or more. */
function hasOpenHolds({ holds }: AccountState, count: number): boolean {
  let seen = 0;
  for (const holdNo in holds) {
    if (!Object.hasOwn(holds, holdNo)) continue;
    seen += 1;
    if (seen >= count) return true;
  }
  return false;
}

/**
 * Authorizes a chat: checks the caller, their suspension and the rate limit, replays the answer of
 * a repeated request (I8), decides who pays, and makes the hold (I2, I9).
 */
export function authorizeChat(
  account: Account,
  command: AuthorizeCommand,
  nowMs: number,
): AuthorizeResult {
  const { ledger, keys, idempotency, plan, requests, endedSessions } = account;
  const { caller, chat } = command;
  if (plan === null) return refused(accountNotFound(caller).failure, null);

  const key =
    caller.kind === "key"
      ? checkKey(keys.findByHash(caller.hash), "chat", chat.model, nowMs)
      : null;
  if (key !== null && !key.ok) return refused(key.failure, null);
  if (caller.kind === "session" && endedSessions.has(caller.sessionId ?? "", nowMs))
    return refused(SESSION_ENDED, null);
  if (account.suspension.isSuspended) return refused(ACCOUNT_SUSPENDED, null);
  if (key !== null && caller.kind === "key" && key.value.isSession !== true)
    noteKeyPlace(account, key.value.keyId, caller.country, nowMs);

  const { within, rate } =
    command.isCounted === true
      ? requests.read(plan.requestsPerMinute, nowMs)
      : requests.admit(plan.requestsPerMinute, nowMs);
  if (!within) return refused(tooManyRequests(rate, nowMs), rate);

  if (command.idempotency !== null) {
    const first = idempotency.find(command.idempotency, nowMs);
    if (!first.ok) return refused(first.failure, rate);
    if (first.value !== null) return { kind: "replay", response: first.value, rate };
  }

  ledger.sweep(nowMs);
  // As many at once as may begin in a minute: a chat that hangs is counted until its hold ends.
  if (hasOpenHolds(ledger.state, plan.requestsPerMinute)) {
    const message =
      `You already have ${plan.requestsPerMinute} chats running. Wait for one to finish, then ` +
      "try again.";
    return refused({ code: "rate_limit_exceeded", message, retryAfterSeconds: 1 }, rate);
  }
  const idempotencyKey = command.idempotency?.key ?? null;
  const decision = decideHold(
    ledger.state,
    plan,
    key?.value ?? null,
    { ...chat, idempotencyKey },
    nowMs,
  );
  if (!decision.ok) return refused(decision.failure, rate);
  const holdNo = ledger.append({ kind: "hold", ...decision.value }, nowMs);
  if (command.idempotency !== null)
    idempotency.begin(command.idempotency, decision.value.expiresAt);
  return {
    kind: "hold",
    holdNo,
    terms: decision.value,
    availableMicrocredits: availableBalance(ledger.state),
    rate,
    headroom: headroomOf(ledger.state, plan, key?.value ?? null, decision.value, nowMs),
    ...(key?.value.keepDays == null ? {} : { keepDays: key.value.keepDays }),
  };
}

function isUsedInNewPlace({ keys, keyPlaces }: Account, caller: CallerCredential): boolean {
  if (caller.kind !== "key" || caller.country === undefined) return false;
  const { key } = keys.findByHash(caller.hash) ?? {};
  return key !== undefined && key.isSession !== true && keyPlaces.isNew(key.keyId, caller.country);
}

/**
 * Returns whether authorizing writes the hold and nothing else. The code after it in
 * `authorizeChat` decides nothing and cannot fail.
 */
export const isSingleRowHold =
  ({ idempotency, caller }: AuthorizeCommand) =>
  (account: Account, nowMs: number): boolean =>
    idempotency === null &&
    !isUsedInNewPlace(account, caller) &&
    account.ledger.canAppendSingleRow(nowMs);
