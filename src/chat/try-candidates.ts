import type { Failure } from "../errors.ts";
import { log } from "../log.ts";
import { type AskedUpstream, askUpstream } from "./ask-upstream.ts";
import { type ChatRun, readReply, type Settle } from "./read-reply.ts";
import { type Candidate, noteFailure, noteReply } from "./resolve-candidates.ts";
import type { ActiveChat } from "./types.ts";

/** The time that the upstreams of a chat have, and what is done when it is over. */
interface Surroundings {
  /** The longest silence of an upstream. */
  readonly timeoutMs: number;
  /** When the last of them has to be done, in ms since 1970. */
  readonly endsAt: number;
  readonly readOnMs: number | undefined;
  /** Whether another model is asked, with the same request, where none of them serves. */
  readonly hasNextModel: boolean;
  readonly settle: Settle;
}

/** A chat that is being answered, or why nobody answers it, and who was asked last. */
type Tried =
  | { readonly ok: true; readonly run: ChatRun }
  | { readonly ok: false; readonly failure: Failure; readonly candidate: Candidate };

type Attempt =
  | { readonly ok: true; readonly value: ChatRun }
  | {
      readonly ok: false;
      readonly failure: Failure;
      readonly retryAfterSeconds?: number | null;
    };

/** Whether another upstream may do better: not where the request itself is to blame. */
const isOfUpstream = ({ code }: Failure): boolean => code !== "invalid_request";

/** Asks one upstream, and begins to read its reply. */
async function tryCandidate(
  chat: ActiveChat,
  candidate: Candidate,
  hasNext: boolean,
  { timeoutMs, endsAt, readOnMs, settle }: Surroundings,
  asked: AskedUpstream | null,
): Promise<Attempt> {
  const { request, hold, timing } = chat;
  const { deadline, reply: pendingReply } =
    asked ?? askUpstream(request, candidate, hold.terms.maxTokens, { timeoutMs, endsAt, hasNext });
  const settleReply: Settle = (settlement, shown) => {
    deadline.clear();
    const { ending } = settlement.outcome;
    if (ending === "complete") noteReply(candidate);
    else if (ending === "upstream_failed") noteFailure(candidate, Date.now(), null);
    return settle(settlement, shown);
  };
  const reply = await pendingReply;
  if (!hasNext) request.payloads.release();
  timing.answeredAt = Date.now();
  const attempt: Attempt = reply.ok
    ? await readReply(chat, reply.value, candidate.settings, deadline, settleReply, {
        hasNext,
        readOnMs,
      })
    : reply;
  if (!attempt.ok) deadline.clear();
  return attempt;
}

/**
 * Asks upstreams one after the other, until one begins to reply. Nothing was sent to the client
 * before. A failure that the request itself is to blame for ends the search.
 * @param candidates at least one
 * @param asked the first of them, where it was asked already
 */
export async function tryCandidates(
  chat: ActiveChat,
  candidates: readonly [Candidate, ...Candidate[]],
  surroundings: Surroundings,
  requestId: string,
  asked: AskedUpstream | null,
): Promise<Tried> {
  let [candidate] = candidates;
  let failure: Failure | undefined;
  for (const [at, each] of candidates.entries()) {
    if (failure !== undefined && Date.now() >= surroundings.endsAt) break;
    candidate = each;
    chat.served.upstream = candidate.upstream;
    chat.served.tried = at + 1;
    const hasNext = at + 1 < candidates.length || surroundings.hasNextModel;
    const begun = at === 0 ? asked : null;
    const attempt = await tryCandidate(chat, candidate, hasNext, surroundings, begun);
    if (attempt.ok) {
      chat.request.payloads.release();
      return { ok: true, run: attempt.value };
    }
    ({ failure } = attempt);
    if (!isOfUpstream(failure)) break;
    noteFailure(candidate, Date.now(), attempt.retryAfterSeconds ?? null);
    const { upstream } = candidate;
    if (hasNext) log.warn("chat.moved_on", { requestId, upstream, code: failure.code });
  }
  if (!surroundings.hasNextModel) chat.request.payloads.release();
  if (failure === undefined) throw new Error("A chat has at least one upstream to be asked.");
  return { ok: false, failure, candidate };
}
