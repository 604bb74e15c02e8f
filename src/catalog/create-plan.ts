import type { Context } from "../context.ts";
import { ok, type Result } from "../errors.ts";
import { newId } from "../ids.ts";
import { toMicrocredits } from "../units.ts";
import { type ChangeAudit, toAuditStatements } from "./change-audit.ts";
import { nameAgentMeters } from "./name-agent-meters.ts";
import type { NewPlan } from "./plan-data.ts";
import { invalidField, planNotFound, requireKnownModels, toConflict } from "./plan-refusals.ts";
import { findPlanProblem } from "./plan-rules.ts";
import { resolvePriceList } from "./resolve-price-list.ts";
import { findPlan, type PricedPlan } from "./store.ts";
import { plans } from "./tables.ts";
import { upsertPrices } from "./upsert-prices.ts";

/**
 * Creates a plan with its prices.
 * @returns `invalid_request` naming the field; `conflict` when another plan has the slug or the
 *   Stripe id
 */
export async function createPlan(
  { db, nowMs }: Context,
  plan: NewPlan,
  audit?: ChangeAudit<PricedPlan>,
): Promise<Result<PricedPlan>> {
  const resolved = resolvePriceList(plan.kind, plan, []);
  if ("problem" in resolved) return invalidField(resolved.problem);
  const problem = findPlanProblem({ ...plan, prices: resolved.prices });
  if (problem !== undefined) return invalidField(problem);
  const knownModels = await requireKnownModels(db, plan.models);
  if (!knownModels.ok) return knownModels;

  const id = newId("pln", nowMs);
  const { slug, name, kind, credits, creditsExpireAfterDays, isActive, features } = plan;
  const { names, featureNames, highlighted } = plan;
  const { requestsPerMinute, trialDays, unlocks, sortOrder, stripeProductId } = plan;
  const row = {
    id,
    slug,
    name,
    names,
    featureNames,
    highlighted,
    kind,
    creditsMicrocredits: toMicrocredits(credits),
    creditsExpireAfterDays,
    isActive,
  };
  const allowances = await nameAgentMeters(db, plan);
  const includes = { allowances, models: plan.models, features, requestsPerMinute };
  const insert = db.insert(plans).values({
    ...row,
    ...includes,
    trialDays,
    unlocks,
    sortOrder,
    stripeProductId,
    version: 1,
    createdAt: nowMs,
    updatedAt: nowMs,
  });
  try {
    await db.batch([
      insert,
      ...toAuditStatements(audit, null, id),
      ...upsertPrices(db, slug, resolved.prices, nowMs),
    ]);
  } catch (error) {
    return toConflict(error);
  }
  const created = await findPlan(db, id);
  return created === undefined ? planNotFound(id) : ok(created);
}
