import { count, eq } from "drizzle-orm";
import type { Context } from "../context.ts";
import type { Database } from "../db.ts";
import { fail, ok, type Result } from "../errors.ts";
import { type ChangeAudit, toAuditStatements } from "./change-audit.ts";
import { clearModelCache } from "./model-cache.ts";
import { recordModelCosts, toModelColumns } from "./model-columns.ts";
import {
  findModelProblem,
  MAX_MODELS,
  type ModelData,
  type ModelPatch,
  type ModelProblem,
} from "./model-data.ts";
import { showModelToAdmin } from "./show-admin.ts";
import { type Model, models } from "./tables.ts";

/** The setting UPSTREAMS, by the upstreams' names. */
type Upstreams = Readonly<Record<string, unknown>>;

const modelNotFound = (id: string) =>
  fail("model_not_found", `There is no model ${id}.`, { param: "id" });

const invalidField = ({ path, message }: ModelProblem) =>
  fail("invalid_request", `${path}: ${message}`, { param: path });

function findUpstreamProblem(
  upstream: string | undefined,
  upstreams: Upstreams,
): ModelProblem | undefined {
  if (upstream === undefined || Object.hasOwn(upstreams, upstream)) return undefined;
  return {
    path: "upstream",
    message:
      "the setting UPSTREAMS has none of this name; it has: " + Object.keys(upstreams).join(", "),
  };
}

/** Finds a model by its id, active or not. */
export async function findAnyModel(db: Database, id: string): Promise<Result<Model>> {
  const model = await db.select().from(models).where(eq(models.id, id)).get();
  return model === undefined ? modelNotFound(id) : ok(model);
}

/**
 * Creates a model.
 * @returns `invalid_request` naming the field; `conflict` when a model has that id, or the catalog
 *   is full
 */
export async function createModel(
  { db, config, nowMs }: Context,
  model: ModelData,
  audit?: ChangeAudit<Model>,
): Promise<Result<Model>> {
  const problem = findModelProblem(model) ?? findUpstreamProblem(model.upstream, config.UPSTREAMS);
  if (problem !== undefined) return invalidField(problem);
  const all = await db.select({ total: count() }).from(models).get();
  if (all !== undefined && all.total >= MAX_MODELS)
    return fail("conflict", `There are ${MAX_MODELS} models, the most there can be.`);
  const insert = db
    .insert(models)
    .values({ ...toModelColumns(model), id: model.id, createdAt: nowMs })
    .onConflictDoNothing({ target: models.id })
    .returning();
  const [[created]] = await db.batch([
    insert,
    ...toAuditStatements(audit, null, model.id),
    recordModelCosts(db, nowMs),
  ]);
  if (created === undefined)
    return fail("conflict", "There is a model of this id already.", { param: "id" });
  clearModelCache();
  return ok(created);
}

/**
 * Returns a model as a change begins from it. A model that could write its whole context still can
 * after its context changes.
 */
const toModelData = (model: Model): Omit<ModelData, "id"> => ({
  ...showModelToAdmin(model),
  maxOutputTokens: model.maxOutputTokens === model.contextLength ? null : model.maxOutputTokens,
});

/**
 * Changes a model. Chats under way are settled at the price in their holds. The whole row is
 * written, since prices and context have to fit each other: of two changes at once, the later one
 * wins.
 * @returns `model_not_found`; `invalid_request` naming the field
 */
export async function updateModel(
  { db, config, nowMs }: Context,
  id: string,
  patch: ModelPatch,
  audit?: ChangeAudit<Model>,
): Promise<Result<Model>> {
  const found = await findAnyModel(db, id);
  if (!found.ok) return found;
  if (patch.id !== undefined && patch.id !== id)
    return invalidField({
      path: "id",
      message: "cannot be changed: make another model, and deactivate this one",
    });

  const current = toModelData(found.value);
  const next = {
    upstream: patch.upstream ?? current.upstream,
    upstreamModel: patch.upstreamModel ?? current.upstreamModel,
    inputPrice: patch.inputPrice ?? current.inputPrice,
    cachedInputPrice:
      patch.cachedInputPrice === undefined ? current.cachedInputPrice : patch.cachedInputPrice,
    cacheWritePrice:
      patch.cacheWritePrice === undefined ? current.cacheWritePrice : patch.cacheWritePrice,
    outputPrice: patch.outputPrice ?? current.outputPrice,
    contextLength: patch.contextLength ?? current.contextLength,
    maxOutputTokens:
      patch.maxOutputTokens === undefined ? current.maxOutputTokens : patch.maxOutputTokens,
    reasoning: patch.reasoning ?? current.reasoning,
    upstreamCost: patch.upstreamCost === undefined ? current.upstreamCost : patch.upstreamCost,
    isActive: patch.isActive ?? current.isActive,
  };
  const problem = findModelProblem(next) ?? findUpstreamProblem(patch.upstream, config.UPSTREAMS);
  if (problem !== undefined) return invalidField(problem);
  const update = db.update(models).set(toModelColumns(next)).where(eq(models.id, id)).returning();
  const [[changed]] = await db.batch([
    update,
    ...toAuditStatements(audit, found.value, id),
    recordModelCosts(db, nowMs),
  ]);
  clearModelCache();
  return changed === undefined ? modelNotFound(id) : ok(changed);
}

/** Deactivates a model. It is never deleted: plans and past chats still name it. */
export const deactivateModel = (
  ctx: Context,
  id: string,
  audit?: ChangeAudit<Model>,
): Promise<Result<Model>> => updateModel(ctx, id, { isActive: false }, audit);
