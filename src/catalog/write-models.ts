import { count, eq } from "drizzle-orm";
import type { Database } from "../db.ts";
import { fail, ok, type Result } from "../errors.ts";
import { forgetModels } from "./model-cache.ts";
import {
  MOST_MODELS,
  type ModelData,
  type ModelPatch,
  type ModelProblem,
  modelProblem,
} from "./model-data.ts";
import { type ChangeAudit, noted } from "./note.ts";
import { showModelToAdmin } from "./show-admin.ts";
import { type Model, models } from "./tables.ts";
import { costsNoted, modelColumns } from "./upserts.ts";

/** The operator's upstreams, by name: the setting UPSTREAMS. */
type Upstreams = Readonly<Record<string, unknown>>;

const noModel = (id: string) =>
  fail("model_not_found", `There is no model ${id}.`, { param: "id" });

const refused = ({ path, message }: ModelProblem) =>
  fail("invalid_request", `${path}: ${message}`, { param: path });

function upstreamProblem(
  upstream: string | undefined,
  upstreams: Upstreams,
): ModelProblem | undefined {
  if (upstream === undefined || Object.hasOwn(upstreams, upstream)) return undefined;
  return {
    path: "upstream",
    message: `the setting UPSTREAMS has none of this name; it has: ${Object.keys(upstreams).join(", ")}`,
  };
}

/** A model by its id, active or not. */
export async function findAnyModel(db: Database, id: string): Promise<Result<Model>> {
  const model = await db.select().from(models).where(eq(models.id, id)).get();
  return model === undefined ? noModel(id) : ok(model);
}

/**
 * Adds a model.
 * @returns `invalid_request` naming the field; `conflict` when there is one of that id, or there
 *   are as many as there can be
 */
export async function createModel(
  db: Database,
  model: ModelData,
  upstreams: Upstreams,
  nowMs: number,
  audit?: ChangeAudit<Model>,
): Promise<Result<Model>> {
  const problem = modelProblem(model) ?? upstreamProblem(model.upstream, upstreams);
  if (problem !== undefined) return refused(problem);
  const all = await db.select({ total: count() }).from(models).get();
  if (all !== undefined && all.total >= MOST_MODELS)
    return fail("conflict", `There are ${MOST_MODELS} models, the most there can be.`);
  const insert = db
    .insert(models)
    .values({ ...modelColumns(model), id: model.id, createdAt: nowMs })
    .onConflictDoNothing({ target: models.id })
    .returning();
  const [[created]] = await db.batch([
    insert,
    ...noted(audit, null, model.id),
    costsNoted(db, nowMs),
  ]);
  if (created === undefined)
    return fail("conflict", "There is a model of this id already.", { param: "id" });
  forgetModels();
  return ok(created);
}

/**
 * What a change begins from. A model that could write its whole context goes on to, whatever its
 * context becomes.
 */
const dataOf = (model: Model): Omit<ModelData, "id"> => ({
  ...showModelToAdmin(model),
  maxOutputTokens: model.maxOutputTokens === model.contextLength ? null : model.maxOutputTokens,
});

/**
 * Changes a model. Chats that are under way are paid as was agreed: their holds carry the price.
 * The whole row is written, since prices and context have to fit each other: of two changes at
 * once, the later one stands.
 * @returns `model_not_found`; `invalid_request` naming the field
 */
export async function changeModel(
  db: Database,
  id: string,
  patch: ModelPatch,
  upstreams: Upstreams,
  nowMs: number,
  audit?: ChangeAudit<Model>,
): Promise<Result<Model>> {
  const found = await findAnyModel(db, id);
  if (!found.ok) return found;
  if (patch.id !== undefined && patch.id !== id)
    return refused({
      path: "id",
      message: "cannot be changed: make another model, and deactivate this one",
    });

  const now = dataOf(found.value);
  const next = {
    upstream: patch.upstream ?? now.upstream,
    upstreamModel: patch.upstreamModel ?? now.upstreamModel,
    inputPrice: patch.inputPrice ?? now.inputPrice,
    cachedInputPrice:
      patch.cachedInputPrice === undefined ? now.cachedInputPrice : patch.cachedInputPrice,
    outputPrice: patch.outputPrice ?? now.outputPrice,
    contextLength: patch.contextLength ?? now.contextLength,
    maxOutputTokens:
      patch.maxOutputTokens === undefined ? now.maxOutputTokens : patch.maxOutputTokens,
    upstreamCost: patch.upstreamCost === undefined ? now.upstreamCost : patch.upstreamCost,
    isActive: patch.isActive ?? now.isActive,
  };
  const problem = modelProblem(next) ?? upstreamProblem(patch.upstream, upstreams);
  if (problem !== undefined) return refused(problem);
  const update = db.update(models).set(modelColumns(next)).where(eq(models.id, id)).returning();
  const [[changed]] = await db.batch([
    update,
    ...noted(audit, found.value, id),
    costsNoted(db, nowMs),
  ]);
  forgetModels();
  return changed === undefined ? noModel(id) : ok(changed);
}

/** Takes a model out of use. It is never removed: plans and past chats go on naming it. */
export const deactivateModel = (
  db: Database,
  id: string,
  nowMs: number,
  audit?: ChangeAudit<Model>,
): Promise<Result<Model>> => changeModel(db, id, { isActive: false }, {}, nowMs, audit);
