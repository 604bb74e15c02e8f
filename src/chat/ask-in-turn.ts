import type { Config } from "../config.ts";
import type { Failure } from "../errors.ts";
import { log } from "../log.ts";
import { SECOND_MS } from "../time.ts";
import { type Candidate, type Candidates, noteFailure } from "./resolve-candidates.ts";
import type { ServedBy } from "./types.ts";

/**
 * The upstream is aborted this long before the hold expires, so that its reply can still be
 * settled.
 */
const SETTLE_MARGIN_MS = 30_000;

/** Returns when the last upstream has to be done, in ms since 1970. */
export const lastMomentOf = ({ HOLD_TTL_SECONDS }: Config, authorizedAtMs: number): number =>
  authorizedAtMs + HOLD_TTL_SECONDS * SECOND_MS - SETTLE_MARGIN_MS;

/** What an upstream answered, before anything of it was sent on. */
export type Attempt<Answer> =
  | { readonly ok: true; readonly value: Answer }
  | {
      readonly ok: false;
      readonly failure: Failure;
      /** The time for which it asks to be left alone; null or absent where it names none. */
      readonly retryAfterSeconds?: number | null;
    };

/** An answer, or why nobody answers, and who was asked last. */
type Asked<Prepared, Answer> =
  | { readonly ok: true; readonly value: Answer }
  | {
      readonly ok: false;
      readonly failure: Failure;
      readonly candidate: Candidate<Prepared>;
    };

interface Surroundings {
  /** Keeps who was asked last, and how many were. */
  readonly served: ServedBy;
  /** When the last of them has to be done, in ms since 1970. */
  readonly endsAt: number;
  /** Whether another model is asked, with the same request, where none of them serves. */
  readonly hasNextModel: boolean;
  readonly requestId: string;
}

/** Whether another upstream may do better: not where the request itself is to blame. */
const isOfUpstream = ({ code }: Failure): boolean => code !== "invalid_request";

/**
 * Asks upstreams one after the other, until one answers. Nothing was sent to the client before. A
 * failure that the request itself is to blame for ends the search.
 * @param ask asks one of them; `hasNext` says whether another is asked where it fails
 */
export async function askInTurn<Prepared, Answer>(
  candidates: Candidates<Prepared>,
  { served, endsAt, hasNextModel, requestId }: Surroundings,
  ask: (candidate: Candidate<Prepared>, hasNext: boolean) => Promise<Attempt<Answer>>,
): Promise<Asked<Prepared, Answer>> {
  let [candidate] = candidates;
  let failure: Failure | undefined;
  for (const [at, each] of candidates.entries()) {
    if (failure !== undefined && Date.now() >= endsAt) break;
    candidate = each;
    const { upstream } = candidate;
    served.upstream = upstream;
    served.tried = at + 1;
    const hasNext = at + 1 < candidates.length || hasNextModel;
    const attempt = await ask(candidate, hasNext);
    if (attempt.ok) return attempt;
    ({ failure } = attempt);
    if (!isOfUpstream(failure)) break;
    noteFailure(candidate, Date.now(), attempt.retryAfterSeconds ?? null);
    if (hasNext) log.warn("chat.moved_on", { requestId, upstream, code: failure.code });
  }
  if (failure === undefined) throw new Error("There is at least one upstream to be asked.");
  return { ok: false, failure, candidate };
}
