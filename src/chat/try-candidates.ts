import type { Failure } from "../errors.ts";
import { log } from "../log.ts";
import { SECOND_MS } from "../time.ts";
import { callUpstream, Deadline } from "../upstream/index.ts";
import { type ChatRun, readReply, type Settle } from "./read-reply.ts";
import { buildUpstreamBody, type ChatRequest } from "./request.ts";
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

/** Returns whether a vendor refuses `stream_options`, which its caller did not send. */
const refusesStreamOptions = ({ body, stream }: ChatRequest, { code, message, param }: Failure) =>
  stream &&
  (body.stream_options ?? null) === null &&
  code === "invalid_request" &&
  /stream_options|include_usage/.test(`${param} ${message}`);

/** Whether another upstream may do better: not where the request itself is to blame. */
const isOfUpstream = ({ code }: Failure): boolean => code !== "invalid_request";

/** Asks one upstream, and begins to read its reply. */
async function tryCandidate(
  chat: ActiveChat,
  candidate: Candidate,
  hasNext: boolean,
  { timeoutMs, endsAt, readOnMs, settle }: Surroundings,
): Promise<Attempt> {
  const { request, hold, timing } = chat;
  const { settings, upstreamModel } = candidate;
  const { firstTokenSeconds } = settings;
  const leftMs = Math.max(0, endsAt - Date.now());
  const beginMs =
    hasNext && request.stream && firstTokenSeconds !== undefined
      ? Math.min(leftMs, firstTokenSeconds * SECOND_MS)
      : leftMs;
  const deadline = new Deadline(timeoutMs, leftMs, beginMs);
  const settleReply: Settle = (settlement) => {
    deadline.clear();
    const { ending } = settlement.outcome;
    if (ending === "complete") noteReply(candidate);
    else if (ending === "upstream_failed") noteFailure(candidate, Date.now(), null);
    return settle(settlement);
  };
  const call = (asked: ChatRequest) =>
    callUpstream(
      settings,
      buildUpstreamBody(asked, upstreamModel, hold.terms.maxTokens, settings),
      deadline,
    );
  let reply = await call(request);
  if (!reply.ok && refusesStreamOptions(request, reply.failure))
    reply = await call({ ...request, asksForUsage: false });
  if (!hasNext) request.payloads.release();
  timing.answeredAt = Date.now();
  const attempt: Attempt = reply.ok
    ? await readReply(chat, reply.value, settings, deadline, settleReply, { hasNext, readOnMs })
    : reply;
  if (!attempt.ok) deadline.clear();
  return attempt;
}

/**
 * Asks upstreams one after the other, until one begins to reply. Nothing was sent to the client
 * before. A failure that the request itself is to blame for ends the search.
 * @param candidates at least one
 */
export async function tryCandidates(
  chat: ActiveChat,
  candidates: readonly [Candidate, ...Candidate[]],
  surroundings: Surroundings,
  requestId: string,
): Promise<Tried> {
  let [candidate] = candidates;
  let failure: Failure | undefined;
  for (const [at, each] of candidates.entries()) {
    if (failure !== undefined && Date.now() >= surroundings.endsAt) break;
    candidate = each;
    chat.served.upstream = candidate.upstream;
    chat.served.tried = at + 1;
    const hasNext = at + 1 < candidates.length || surroundings.hasNextModel;
    const attempt = await tryCandidate(chat, candidate, hasNext, surroundings);
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
