import { chooseDefaultModel } from "../catalog/index.ts";
import { unwrap } from "./api.ts";
import type { PageContext } from "./context.ts";
import { encodePathPart } from "./path-param.ts";

/** Returns the model that replies to the reader where they choose none. */
export async function resolveDefaultModel(
  c: PageContext,
  modelIds: readonly string[],
): Promise<string | undefined> {
  const { viewer } = c.var;
  if (viewer === null) return chooseDefaultModel(modelIds, null);
  const plan = await unwrap(
    c.var.api.api.plans[":idOrSlug"].$get({ param: { idOrSlug: encodePathPart(viewer.planId) } }),
  );
  return chooseDefaultModel(modelIds, plan.models);
}
