import type { RelayEnding } from "../account/index.ts";
import { listUpstreams, type ModelPricing } from "../catalog/index.ts";
import type { Config } from "../config.ts";
import type { Failure, Result } from "../errors.ts";
import { log } from "../log.ts";
import {
  orderByWeight,
  resolveUpstream,
  type Upstream,
  UpstreamHealth,
} from "../upstream/index.ts";

/** An upstream that may serve a request. */
export interface Candidate<Prepared = unknown> {
  /** Its name in the setting UPSTREAMS. */
  readonly upstream: string;
  /** Its own name of the model. */
  readonly upstreamModel: string;
  readonly weight: number | null;
  readonly settings: Upstream;
  /** What was prepared of the request, by its settings. */
  readonly prepared: Prepared;
}

/** Why a model is served by nobody: a failure, and the upstream that it is about. */
interface Unserved {
  readonly failure: Failure;
  /** Whether the failure is about the upstream's settings, and not about the request. */
  readonly isOfSettings: boolean;
  readonly upstream: string;
  readonly upstreamModel: string;
}

/** At least one. */
export type Candidates<Prepared = unknown> = readonly [
  Candidate<Prepared>,
  ...Candidate<Prepared>[],
];

type Resolved<Prepared> =
  | { readonly ok: true; readonly candidates: Candidates<Prepared> }
  | { readonly ok: false; readonly unserved: Unserved };

/** How the upstreams of this isolate did lately. */
const health = new UpstreamHealth();

const nameOf = ({ upstream, upstreamModel }: Candidate): string =>
  JSON.stringify([upstream, upstreamModel]);

/** Notes how a reply ended that an upstream had begun. */
export function noteEnding(candidate: Candidate, ending: RelayEnding, nowMs: number): void {
  if (ending === "complete") health.noteReply(nameOf(candidate));
  else if (ending === "upstream_failed") noteFailure(candidate, nowMs, null);
}

/** Notes that an upstream failed a request. */
export const noteFailure = (
  candidate: Candidate,
  nowMs: number,
  retryAfterSeconds: number | null,
): void => health.noteFailure(nameOf(candidate), nowMs, retryAfterSeconds);

/**
 * Resolves the upstreams that may serve a request: those of its model that are set up and take all
 * of its fields. In the order in which they are tried: one that keeps failing is tried last.
 * @param prepare checks the request by an upstream's settings, and returns what it is asked by
 * @returns why there is none; a field that is refused rather than a setting that is wrong
 */
export function resolveCandidates<Prepared>(
  config: Config,
  model: ModelPricing,
  prepare: (settings: Upstream) => Result<Prepared>,
  nowMs: number,
  random: () => number,
): Resolved<Prepared> {
  const candidates: Candidate<Prepared>[] = [];
  const unserved: Unserved[] = [];
  for (const named of listUpstreams(model)) {
    const settings = resolveUpstream(config, named.upstream);
    if (!settings.ok) {
      unserved.push({ ...named, failure: settings.failure, isOfSettings: true });
      continue;
    }
    const prepared = prepare(settings.value);
    if (prepared.ok)
      candidates.push({ ...named, settings: settings.value, prepared: prepared.value });
    else unserved.push({ ...named, failure: prepared.failure, isOfSettings: false });
  }
  const isResting = (candidate: Candidate) => health.isResting(nameOf(candidate), nowMs);
  const [first, ...others] = [
    ...orderByWeight(
      candidates.filter((each) => !isResting(each)),
      random,
    ),
    ...orderByWeight(candidates.filter(isResting), random),
  ];
  if (first !== undefined) {
    for (const { upstream, failure, isOfSettings } of unserved)
      if (isOfSettings) log.error("upstream.misconfigured", { upstream, message: failure.message });
    return { ok: true, candidates: [first, ...others] };
  }
  const refused = unserved.find(({ isOfSettings }) => !isOfSettings) ?? unserved[0];
  if (refused === undefined) throw new Error("A model has at least one upstream.");
  return { ok: false, unserved: refused };
}
