/**
 * Chooses the model that replies where nobody chose one: the first that the plan includes, in the
 * plan's order, else the first of all.
 * @param modelIds the active models, ordered by id
 * @param planModelIds the models that the plan includes; null or undefined where it names none
 * @returns undefined where there is no model
 */
export const chooseDefaultModel = (
  modelIds: readonly string[],
  planModelIds: readonly string[] | null | undefined,
): string | undefined => planModelIds?.find((id) => modelIds.includes(id)) ?? modelIds[0];
