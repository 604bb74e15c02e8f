import { listUpstreams, type ModelPricing } from "../catalog/index.ts";
import type { Config } from "../config.ts";
import type { Failure } from "../errors.ts";
import { log } from "../log.ts";
import {
  orderByWeight,
  resolveUpstream,
  type Upstream,
  UpstreamHealth,
} from "../upstream/index.ts";
import { findRefusedField } from "./check-fields.ts";
import type { ChatRequest } from "./request.ts";

/** An upstream that may serve a chat. */
export interface Candidate {
  /** Its name in the setting UPSTREAMS. */
  readonly upstream: string;
  /** Its own name of the model. */
  readonly upstreamModel: string;
  readonly weight: number | null;
  readonly settings: Upstream;
}

/** Why a model is served by nobody: a failure, and the upstream that it is about. */
interface Unserved {
  readonly failure: Failure;
  /** Whether the failure is about the upstream's settings, and not about the request. */
  readonly isOfSettings: boolean;
  readonly upstream: string;
  readonly upstreamModel: string;
}

type Resolved =
  | { readonly ok: true; readonly candidates: readonly Candidate[] }
  | { readonly ok: false; readonly unserved: Unserved };

/** How the upstreams of this isolate's chats did lately. */
const health = new UpstreamHealth();

const nameOf = ({ upstream, upstreamModel }: Candidate): string =>
  JSON.stringify([upstream, upstreamModel]);

/** Notes that an upstream served a chat to its end, or refused a request for a good reason. */
export const noteReply = (candidate: Candidate): void => health.noteReply(nameOf(candidate));

/** Notes that an upstream failed a chat. */
export const noteFailure = (
  candidate: Candidate,
  nowMs: number,
  retryAfterSeconds: number | null,
): void => health.noteFailure(nameOf(candidate), nowMs, retryAfterSeconds);

/**
 * Resolves the upstreams that may serve a request: those of its model that are set up and take all
 * of its fields. In the order in which they are tried: one that keeps failing is tried last.
 * @returns why there is none; a field that is refused rather than a setting that is wrong
 */
export function resolveCandidates(
  config: Config,
  model: ModelPricing,
  { body, hints }: ChatRequest,
  nowMs: number,
  random: () => number,
): Resolved {
  const candidates: Candidate[] = [];
  const unserved: Unserved[] = [];
  for (const named of listUpstreams(model)) {
    const settings = resolveUpstream(config, named.upstream);
    if (!settings.ok) {
      unserved.push({ ...named, failure: settings.failure, isOfSettings: true });
      continue;
    }
    const failure = findRefusedField(body, settings.value, hints);
    if (failure === null) candidates.push({ ...named, settings: settings.value });
    else unserved.push({ ...named, failure, isOfSettings: false });
  }
  const [first] = unserved;
  if (candidates.length === 0 && first !== undefined) {
    const refused = unserved.find(({ isOfSettings }) => !isOfSettings);
    return { ok: false, unserved: refused ?? first };
  }
  for (const { upstream, failure, isOfSettings } of unserved)
    if (isOfSettings) log.error("upstream.misconfigured", { upstream, message: failure.message });
  const isResting = (candidate: Candidate) => health.isResting(nameOf(candidate), nowMs);
  return {
    ok: true,
    candidates: [
      ...orderByWeight(
        candidates.filter((each) => !isResting(each)),
        random,
      ),
      ...orderByWeight(candidates.filter(isResting), random),
    ],
  };
}
