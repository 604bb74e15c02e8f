import { and, eq, or, type SQL, sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { fail, ok, type Result } from "../errors.ts";
import { toCredits, toMicrocredits } from "../units.ts";
import { type ChangeAudit, toAuditStatements } from "./change-audit.ts";
import { nameAgentMeters } from "./name-agent-meters.ts";
import { nextVersion } from "./next-version.ts";
import type { PlanPatch } from "./plan-data.ts";
import { invalidField, planNotFound, requireKnownModels, toConflict } from "./plan-refusals.ts";
import { findPlanProblem } from "./plan-rules.ts";
import { resolvePriceList } from "./resolve-price-list.ts";
import { findPlan, type PricedPlan } from "./store.ts";
import { plans } from "./tables.ts";
import { seenUnlessRelinked, upsertPrices } from "./upsert-prices.ts";

/** The condition, in an update of a plan, that another active plan is free. */
const hasAnotherFreePlan: SQL = sql`exists (
  select 1 from ${plans} as other
  where other.kind = 'free' and other.is_active = 1 and other.id <> ${plans.id}
)`;

/**
 * Changes a plan. Only the given fields are written, so that two changes at once do not undo each
 * other. The version rises when the plan's entitlement changes.
 * @returns `not_found`; `invalid_request` naming the field; `conflict` for the last active free
 *   plan, which new users need, and when another plan has the Stripe id
 */
export async function updatePlan(
  { db, nowMs }: Context,
  idOrSlug: string,
  patch: PlanPatch,
  audit?: ChangeAudit<PricedPlan>,
): Promise<Result<PricedPlan>> {
  const plan = await findPlan(db, idOrSlug);
  if (plan === undefined) return planNotFound(idOrSlug);
  for (const field of ["id", "slug", "kind"] as const) {
    if (patch[field] !== undefined && patch[field] !== plan[field])
      return invalidField({
        path: [field],
        message: "can't be changed: create another plan, and deactivate this one",
      });
  }
  const resolved = resolvePriceList(plan.kind, patch, plan.prices);
  if ("problem" in resolved) return invalidField(resolved.problem);
  const credits = patch.credits ?? toCredits(plan.creditsMicrocredits);
  const trialDays = patch.trialDays ?? plan.trialDays;
  const {
    unlocks = plan.unlocks,
    allowances: nextAllowances = plan.allowances,
    features: nextFeatures = plan.features,
  } = patch;
  const problem = findPlanProblem({
    kind: plan.kind,
    credits,
    trialDays,
    unlocks,
    allowances: nextAllowances,
    features: nextFeatures,
    prices: resolved.prices,
  });
  if (problem !== undefined) return invalidField(problem);
  const knownModels = await requireKnownModels(db, patch.models);
  if (!knownModels.ok) return knownModels;

  const {
    name,
    names,
    featureNames,
    highlighted,
    creditsExpireAfterDays,
    isActive,
    features,
    requestsPerMinute,
    sortOrder,
    stripeProductId,
  } = patch;
  const nextPlan = { kind: plan.kind, allowances: nextAllowances, features: nextFeatures };
  const allowances =
    patch.allowances === undefined
      ? undefined
      : await nameAgentMeters(db, nextPlan, plan.allowances);
  const includes = { allowances, models: patch.models, features, requestsPerMinute };
  const version = nextVersion(includes);
  const creditsMicrocredits =
    patch.credits === undefined ? undefined : toMicrocredits(patch.credits);
  const rest = {
    name,
    names,
    featureNames,
    highlighted,
    creditsMicrocredits,
    creditsExpireAfterDays,
    isActive,
    sortOrder,
    stripeProductId,
  };
  const stripeSeen =
    stripeProductId === undefined
      ? undefined
      : seenUnlessRelinked(plans.stripeProductId, stripeProductId, plans.stripeSeen);
  const isNotLastFree =
    plan.kind === "free" && isActive === false
      ? or(eq(plans.isActive, false), hasAnotherFreePlan)
      : undefined;
  const update = db
    .update(plans)
    .set({
      ...includes,
      ...rest,
      stripeSeen,
      trialDays: patch.trialDays,
      unlocks: patch.unlocks,
      version,
      updatedAt: nowMs,
    })
    .where(and(eq(plans.id, plan.id), isNotLastFree))
    .returning({ id: plans.id });
  // A free plan has no prices, so these statements need no condition like `isNotLastFree`.
  const priceStatements =
    resolved.prices === plan.prices ? [] : upsertPrices(db, plan.slug, resolved.prices, nowMs);
  try {
    const [changed] = await db.batch([
      update,
      ...toAuditStatements(audit, plan, plan.id),
      ...priceStatements,
    ]);
    if (changed.length === 0)
      return fail(
        "conflict",
        "This is the only active free plan, and new users need one. Create another first.",
      );
  } catch (error) {
    return toConflict(error);
  }
  return ok((await findPlan(db, plan.id)) ?? plan);
}

/**
 * Deactivates a plan. It is never deleted: users keep what they bought, and orders still name it.
 */
export const deactivatePlan = (
  ctx: Context,
  idOrSlug: string,
  audit?: ChangeAudit<PricedPlan>,
): Promise<Result<PricedPlan>> => updatePlan(ctx, idOrSlug, { isActive: false }, audit);
