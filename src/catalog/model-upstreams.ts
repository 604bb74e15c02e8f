import { z } from "zod";
import { boundedList, boundedText } from "../http/bounded.ts";
import type { ModelProblem } from "./model-problems.ts";
import type { Model, ModelUpstream } from "./tables.ts";

/** A name in the setting UPSTREAMS, and an upstream's own name of a model. */
export const upstreamName = boundedText(100).min(1);
export const upstreamModelName = boundedText(200).min(1);

/** The most upstreams of a model. */
const UPSTREAMS_MAX = 10;

/** The upstreams that a model is served by, in the order in which they are tried. */
export const upstreamList = boundedList(
  z.strictObject({
    upstream: upstreamName,
    upstreamModel: upstreamModelName,
    /** Neighbours with a weight share the first request: see `ModelUpstream`. */
    weight: z.int().min(1).max(1_000_000).nullable().default(null),
  }),
  UPSTREAMS_MAX,
).min(1);

/** The fields that say where a model is served. All are optional: see `mergeUpstreams`. */
interface GivenUpstreams {
  readonly upstream?: string | undefined;
  readonly upstreamModel?: string | undefined;
  readonly upstreams?: readonly ModelUpstream[] | undefined;
}

/** Returns the upstreams of a model, in their order: at least one. */
export const listUpstreams = ({
  upstream,
  upstreamModel,
  upstreams,
}: Pick<Model, "upstream" | "upstreamModel" | "upstreams">): readonly ModelUpstream[] =>
  upstreams ?? [{ upstream, upstreamModel, weight: null }];

const differs = (given: string | undefined, listed: string | undefined): boolean =>
  given !== undefined && given !== listed;

function findListProblem(
  list: readonly ModelUpstream[],
  { upstream, upstreamModel }: GivenUpstreams,
): ModelProblem | undefined {
  const [first] = list;
  const message = "must be that of the first of upstreams, or left out beside them";
  if (differs(upstream, first?.upstream)) return { path: "upstream", message };
  if (differs(upstreamModel, first?.upstreamModel)) return { path: "upstreamModel", message };
  const names = list.map((each) => JSON.stringify([each.upstream, each.upstreamModel]));
  const twice = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (twice < 0) return undefined;
  return { path: `upstreams.${twice}`, message: "is in the list twice" };
}

/**
 * Returns the upstreams that a model has after a change. `upstream` and `upstreamModel` are those
 * of the first: alone they change it, and beside `upstreams` they have to agree with it.
 * @param current the upstreams before it; none for a new model
 * @returns the first problem where they are no list
 */
export function mergeUpstreams(
  given: GivenUpstreams,
  current: readonly ModelUpstream[] = [],
): ModelUpstream[] | ModelProblem {
  if (given.upstreams !== undefined)
    return findListProblem(given.upstreams, given) ?? [...given.upstreams];
  const [first, ...others] = current;
  const { upstream = first?.upstream, upstreamModel = first?.upstreamModel } = given;
  if (upstream === undefined) return { path: "upstream", message: "is required" };
  if (upstreamModel === undefined) return { path: "upstreamModel", message: "is required" };
  const list = [{ upstream, upstreamModel, weight: first?.weight ?? null }, ...others];
  return findListProblem(list, {}) ?? list;
}

/** Whether upstreams could not be merged. */
export const isUpstreamProblem = (merged: ModelUpstream[] | ModelProblem): merged is ModelProblem =>
  "path" in merged;
