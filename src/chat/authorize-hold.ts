import type { AuthorizeCommand } from "../account/index.ts";
import type { Caller } from "../auth/index.ts";
import type { Result } from "../errors.ts";
import { log } from "../log.ts";
import { AmpleAccounts } from "./ample-accounts.ts";
import { type AskedUpstream, askUpstream, type UpstreamTime } from "./ask-upstream.ts";
import type { ChatRequest } from "./request.ts";
import { type RequestedHold, requestHold } from "./request-hold.ts";
import type { Candidate } from "./resolve-candidates.ts";
import type { ChatContext } from "./types.ts";

/** What the accounts of this isolate's chats answered lately. */
const accounts = new AmpleAccounts();

/** The answer of an account, and the upstream that was asked while it was on its way. */
interface Authorized {
  readonly answer: Result<RequestedHold>;
  /** null where none was asked, or was asked for what is not held. */
  readonly asked: AskedUpstream | null;
}

const credentialOf = (via: Caller["via"]): string => {
  switch (via.kind) {
    case "key":
      return via.hash;
    case "session":
      return via.sessionId;
    case "management":
      return via.keyId;
  }
};

/** A caller and a model: what is left to one is not what is left to another. */
const nameOf = ({ caller: { userId, via } }: ChatContext, model: string): string =>
  JSON.stringify([userId, credentialOf(via), model]);

const isHeldAs = (answer: Result<RequestedHold>, maxTokens: number): boolean =>
  answer.ok && answer.value.hold.kind === "hold" && answer.value.hold.terms.maxTokens === maxTokens;

/**
 * Authorizes a chat by its first RPC: every check that comes before the upstream, and the hold.
 *
 * Where the account could pay for the chat ten times, by what it answered to its caller within the
 * last minute, the upstream is asked at once, so that an account that is far away adds no time.
 * Nothing of the reply is read before the hold is there. Where the account decides otherwise the
 * upstream is aborted: what it has done by then is the operator's cost, once, since a caller who
 * was refused is not taken for ample. A request with an `Idempotency-Key` may have its answer
 * already, so it waits for the account.
 */
export async function authorizeHold(
  context: ChatContext,
  request: ChatRequest,
  chat: AuthorizeCommand["chat"],
  candidate: Candidate,
  time: UpstreamTime,
): Promise<Authorized> {
  const caller = nameOf(context, chat.model);
  const isAmple =
    context.config.OVERLAP_AUTHORIZE &&
    context.idempotency === null &&
    accounts.take(caller, chat, Date.now());
  const asked = isAmple ? askUpstream(request, candidate, chat.maxTokens, time) : null;
  const answer = await requestHold(context, chat);
  if (answer.ok) accounts.note(caller, answer.value.hold, Date.now());
  else accounts.forget(caller);
  const isHeld = isHeldAs(answer, chat.maxTokens);
  if (asked === null || isHeld) return { answer, asked };
  asked.deadline.abandon();
  const { requestId } = context;
  log.info("chat.asked_in_vain", { requestId, upstream: candidate.upstream });
  return { answer, asked: null };
}
