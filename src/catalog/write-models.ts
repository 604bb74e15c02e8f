import { count, eq, ne } from "drizzle-orm";
import type { Context } from "../context.ts";
import type { Database } from "../db.ts";
import { fail, ok, type Result } from "../errors.ts";
import { type ChangeAudit, toAuditStatements } from "./change-audit.ts";
import { clearModelCache } from "./model-cache.ts";
import { recordModelCosts, toModelColumns } from "./model-columns.ts";
import {
  checkModel,
  isModelProblem,
  MAX_MODELS,
  type ModelData,
  type ModelPatch,
  type NewModel,
} from "./model-data.ts";
import { findModelProblem, type ModelProblem } from "./model-problems.ts";
import { isUpstreamProblem, listUpstreams, mergeUpstreams } from "./model-upstreams.ts";
import type { MorePriceData } from "./more-prices.ts";
import { guardPrice } from "./price-guard.ts";
import { showModelToAdmin } from "./show-admin.ts";
import { type Model, models } from "./tables.ts";

/** The setting UPSTREAMS, by the upstreams' names. */
type Upstreams = Readonly<Record<string, unknown>>;

const modelNotFound = (id: string) =>
  fail("model_not_found", `There is no model ${id}.`, { param: "id" });

const invalidField = ({ path, message, details }: ModelProblem) =>
  fail("invalid_request", `${path}: ${message}`, { param: path, details });

/** Finds a name among those given that the setting does not have. */
function findUpstreamProblem(
  { upstream, upstreams = [] }: Pick<ModelPatch, "upstream" | "upstreams">,
  known: Upstreams,
): ModelProblem | undefined {
  const message = "must be a name in the setting UPSTREAMS: " + Object.keys(known).join(", ");
  if (upstream !== undefined && !Object.hasOwn(known, upstream))
    return { path: "upstream", message };
  const at = upstreams.findIndex((each) => !Object.hasOwn(known, each.upstream));
  return at < 0 ? undefined : { path: `upstreams.${at}.upstream`, message };
}

/** Finds a name of a model that is the id or an alias of another one, or its own twice. */
async function findNameProblem(
  db: Database,
  id: string,
  aliases: readonly string[],
): Promise<ModelProblem | undefined> {
  const others = await db
    .select({ id: models.id, aliases: models.aliases })
    .from(models)
    .where(ne(models.id, id));
  const owners = new Map(
    others.flatMap((one) => [one.id, ...one.aliases].map((name) => [name, one.id])),
  );
  const owner = owners.get(id);
  if (owner !== undefined) return { path: "id", message: `is an alias of the model "${owner}"` };
  for (const [at, alias] of aliases.entries()) {
    const path = `aliases.${at}`;
    const named = owners.get(alias);
    if (named !== undefined) return { path, message: `is a name of the model "${named}"` };
    if (alias === id || aliases.indexOf(alias) !== at)
      return { path, message: "is a name of this model already" };
  }
  return undefined;
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
  given: NewModel,
  audit?: ChangeAudit<Model>,
): Promise<Result<Model>> {
  const model = checkModel(given);
  if (isModelProblem(model)) return invalidField(model);
  const problem =
    findUpstreamProblem(given, config.UPSTREAMS) ??
    (await findNameProblem(db, model.id, model.aliases)) ??
    guardPrice(model.id, model, config);
  if (problem !== undefined) return invalidField(problem);
  const all = await db.select({ total: count() }).from(models).get();
  if (all !== undefined && all.total >= MAX_MODELS)
    return fail("conflict", `You've reached the limit of ${MAX_MODELS} models.`);
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
    return fail("conflict", "A model with this ID already exists.", { param: "id" });
  clearModelCache();
  return ok(created);
}

/**
 * Returns a model as a change begins from it. A model that could write its whole context still can
 * after its context changes.
 */
const toModelData = (model: Model): Omit<ModelData, "id"> => ({
  ...showModelToAdmin(model),
  upstreams: [...listUpstreams(model)],
  maxOutputTokens: model.maxOutputTokens === model.contextLength ? null : model.maxOutputTokens,
});

/** Returns a field after a change, which may leave it out or set it to null. */
const orKept = <T>(next: T | undefined, current: T): T => (next === undefined ? current : next);

/** Returns the prices beside those of input and output after a change. */
function changeMorePrices(current: MorePriceData, patch: ModelPatch): MorePriceData {
  return {
    cacheWriteHourPrice: orKept(patch.cacheWriteHourPrice, current.cacheWriteHourPrice),
    reasoningPrice: orKept(patch.reasoningPrice, current.reasoningPrice),
    requestPrice: orKept(patch.requestPrice, current.requestPrice),
    imagePrices: orKept(patch.imagePrices, current.imagePrices),
    characterPrice: orKept(patch.characterPrice, current.characterPrice),
    secondPrice: orKept(patch.secondPrice, current.secondPrice),
    priceTiers: patch.priceTiers ?? current.priceTiers,
  };
}

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
      message: "can't be changed: create another model, and deactivate this one",
    });

  const current = toModelData(found.value);
  const upstreams = mergeUpstreams(patch, current.upstreams);
  if (isUpstreamProblem(upstreams)) return invalidField(upstreams);
  const next = {
    aliases: patch.aliases ?? current.aliases,
    kind: patch.kind ?? current.kind,
    upstreams,
    inputPrice: patch.inputPrice ?? current.inputPrice,
    cachedInputPrice:
      patch.cachedInputPrice === undefined ? current.cachedInputPrice : patch.cachedInputPrice,
    cacheWritePrice:
      patch.cacheWritePrice === undefined ? current.cacheWritePrice : patch.cacheWritePrice,
    outputPrice: patch.outputPrice ?? current.outputPrice,
    ...changeMorePrices(current, patch),
    descriptions: patch.descriptions ?? current.descriptions,
    contextLength: patch.contextLength ?? current.contextLength,
    maxOutputTokens:
      patch.maxOutputTokens === undefined ? current.maxOutputTokens : patch.maxOutputTokens,
    reasoning: patch.reasoning ?? current.reasoning,
    imageTokens: orKept(patch.imageTokens, current.imageTokens),
    lowDetailImageTokens: orKept(patch.lowDetailImageTokens, current.lowDetailImageTokens),
    upstreamCost: patch.upstreamCost === undefined ? current.upstreamCost : patch.upstreamCost,
    isActive: patch.isActive ?? current.isActive,
  };
  const problem =
    findModelProblem(next) ??
    findUpstreamProblem(patch, config.UPSTREAMS) ??
    (patch.aliases === undefined ? undefined : await findNameProblem(db, id, patch.aliases)) ??
    guardPrice(id, next, config);
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
