import { SECOND_MS } from "../time.ts";
import { translateReply } from "../upstream/index.ts";
import { type Attempt, askInTurn } from "./ask-in-turn.ts";
import { type AskedUpstream, askUpstream } from "./ask-upstream.ts";
import { type ChatRun, readReply, type Settle } from "./read-reply.ts";
import { type Candidate, type Candidates, noteEnding } from "./resolve-candidates.ts";
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

/** Begins to read a reply, in whichever dialect it is. */
async function hearReply(
  ...[chat, reply, settings, deadline, settle, reading]: Parameters<typeof readReply>
): ReturnType<typeof readReply> {
  const { dialect } = settings;
  if (dialect === "chat") return await readReply(chat, reply, settings, deadline, settle, reading);
  const createdSeconds = Math.floor(chat.timing.identifiedAt / SECOND_MS);
  const head = { id: chat.cover?.id ?? "", createdSeconds, model: chat.request.model };
  const translated = await translateReply(dialect, reply, head, deadline);
  if (!translated.ok) return translated;
  const { response, promptUsage } = translated.value;
  return await readReply(chat, response, settings, deadline, settle, { ...reading, promptUsage });
}

/** Asks one upstream, and begins to read its reply. */
async function tryCandidate(
  chat: ActiveChat,
  candidate: Candidate,
  hasNext: boolean,
  { timeoutMs, endsAt, readOnMs, settle }: Surroundings,
  asked: AskedUpstream | null,
): Promise<Attempt<ChatRun>> {
  const { request, hold, timing } = chat;
  const { deadline, reply: pendingReply } =
    asked ?? askUpstream(request, candidate, hold.terms.maxTokens, { timeoutMs, endsAt, hasNext });
  const settleReply: Settle = (settlement, shown) => {
    deadline.clear();
    noteEnding(candidate, settlement.outcome.ending, Date.now());
    return settle(settlement, shown);
  };
  const reply = await pendingReply;
  if (!hasNext) request.payloads.release();
  timing.answeredAt = Date.now();
  const attempt: Attempt<ChatRun> = reply.ok
    ? await hearReply(chat, reply.value, candidate.settings, deadline, settleReply, {
        hasNext,
        readOnMs,
      })
    : reply;
  if (!attempt.ok) deadline.clear();
  return attempt;
}

/**
 * Asks upstreams for a chat one after the other, until one begins to reply: see `askInTurn`. The
 * pictures of its request are released once no other may be asked.
 * @param asked the first of them, where it was asked already
 */
export async function tryCandidates(
  chat: ActiveChat,
  candidates: Candidates,
  surroundings: Surroundings,
  requestId: string,
  asked: AskedUpstream | null,
) {
  const { endsAt, hasNextModel } = surroundings;
  const [first] = candidates;
  const tried = await askInTurn(
    candidates,
    { served: chat.served, endsAt, hasNextModel, requestId },
    (candidate, hasNext) =>
      tryCandidate(chat, candidate, hasNext, surroundings, candidate === first ? asked : null),
  );
  if (tried.ok || !hasNextModel) chat.request.payloads.release();
  return tried;
}
