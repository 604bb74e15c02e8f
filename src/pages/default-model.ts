import { unwrap } from "./api.ts";
import type { PageContext } from "./context.ts";
import { encodePathPart } from "./path-param.ts";

/**
 * The model that is chosen where nobody chose one, as the wire does: the first that the reader's
 * plan includes, else the first.
 */
export async function resolveDefaultModel(
  c: PageContext,
  models: readonly string[],
): Promise<string | undefined> {
  const { viewer } = c.var;
  if (viewer === null) return models[0];
  const plan = await unwrap(
    c.var.api.api.plans[":idOrSlug"].$get({ param: { idOrSlug: encodePathPart(viewer.planId) } }),
  );
  return plan.models?.find((id) => models.includes(id)) ?? models[0];
}
