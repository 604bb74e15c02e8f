import { and, eq, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../db.ts";
import { type Failure, fail, ok, type Result } from "../errors.ts";
import { newId } from "../ids.ts";
import { toCredits, toMicrocredits } from "../units.ts";
import { type ChangeAudit, toAuditStatements } from "./change-audit.ts";
import type { NewPlan, PlanPatch } from "./plan-data.ts";
import { findPlanProblem, type PlanProblem } from "./plan-rules.ts";
import { resolvePriceList } from "./resolve-price-list.ts";
import { findPlan, type PricedPlan } from "./store.ts";
import { models, plans } from "./tables.ts";
import { violatedUniqueColumn } from "./unique-violation.ts";
import { nextVersion, seenUnlessRelinked, upsertPrices } from "./upserts.ts";

const invalidField = ({ path, message }: PlanProblem) => {
  const param = path.join(".");
  return fail("invalid_request", `${param}: ${message}`, { param });
};

const planNotFound = (idOrSlug: string) => fail("not_found", `There is no plan ${idOrSlug}.`);

async function findUnknownModel(
  db: Database,
  modelIds: readonly string[],
): Promise<string | undefined> {
  const found = await db
    .select({ id: models.id })
    .from(models)
    .where(sql`${models.id} in (select value from json_each(${JSON.stringify(modelIds)}))`);
  const known = new Set(found.map((model) => model.id));
  return modelIds.find((id) => !known.has(id));
}

async function requireKnownModels(
  db: Database,
  modelIds: readonly string[] | null | undefined,
): Promise<Result<undefined>> {
  const unknown =
    modelIds === null || modelIds === undefined ? undefined : await findUnknownModel(db, modelIds);
  return unknown === undefined
    ? ok(undefined)
    : invalidField({ path: ["models"], message: `there is no model "${unknown}"` });
}

/** What another plan has already, by the column whose uniqueness tells it. */
const CONFLICTS: Readonly<Record<string, Failure>> = {
  "plans.slug": { code: "conflict", message: "Another plan has this slug.", param: "slug" },
  "plans.stripe_product_id": {
    code: "conflict",
    message: "Another plan is this Stripe product.",
    param: "stripeProductId",
  },
  "prices.metered_stripe_price_id": {
    code: "conflict",
    message: "Another price has this metered price of Stripe's.",
    param: "meteredStripePriceId",
  },
  "prices.stripe_price_id": {
    code: "conflict",
    message: "Another price is this Stripe price.",
    param: "stripePriceId",
  },
};

/** Says what a failed write conflicts with. Any other error is thrown on. */
function toConflict(error: unknown): { readonly ok: false; readonly failure: Failure } {
  const failure = CONFLICTS[violatedUniqueColumn(error) ?? ""];
  if (failure === undefined) throw error;
  return { ok: false, failure };
}

/**
 * Adds a plan with its prices.
 * @returns `invalid_request` naming the field; `conflict` where another plan has the slug or the
 *   Stripe id
 */
export async function createPlan(
  db: Database,
  plan: NewPlan,
  nowMs: number,
  audit?: ChangeAudit<PricedPlan>,
): Promise<Result<PricedPlan>> {
  const resolved = resolvePriceList(plan.kind, plan, []);
  if ("problem" in resolved) return invalidField(resolved.problem);
  const problem = findPlanProblem({ ...plan, prices: resolved.prices });
  if (problem !== undefined) return invalidField(problem);
  const knownModels = await requireKnownModels(db, plan.models);
  if (!knownModels.ok) return knownModels;

  const id = newId("pln", nowMs);
  const { slug, name, kind, credits, creditsExpireAfterDays, isActive, allowances, features } =
    plan;
  const { requestsPerMinute, trialDays, unlocks, sortOrder, stripeProductId } = plan;
  const row = {
    id,
    slug,
    name,
    kind,
    creditsMicrocredits: toMicrocredits(credits),
    creditsExpireAfterDays,
    isActive,
  };
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

/** Holds in an update of a plan where another active plan is free. */
const hasAnotherFreePlan: SQL = sql`exists (
  select 1 from ${plans} as other where other.kind = 'free' and other.is_active = 1 and other.id <> ${plans.id}
)`;

/**
 * Changes a plan. Only what is given is written, so that two changes at once do not undo each
 * other. The version rises where what the plan entitles to becomes another.
 * @returns `not_found`; `invalid_request` naming the field; `conflict` for the last active free
 *   plan, which new users need, and where another plan has the Stripe id
 */
export async function updatePlan(
  db: Database,
  idOrSlug: string,
  patch: PlanPatch,
  nowMs: number,
  audit?: ChangeAudit<PricedPlan>,
): Promise<Result<PricedPlan>> {
  const plan = await findPlan(db, idOrSlug);
  if (plan === undefined) return planNotFound(idOrSlug);
  for (const field of ["id", "slug", "kind"] as const) {
    if (patch[field] !== undefined && patch[field] !== plan[field])
      return invalidField({
        path: [field],
        message: "cannot be changed: make another plan, and deactivate this one",
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
    creditsExpireAfterDays,
    isActive,
    allowances,
    features,
    requestsPerMinute,
    sortOrder,
    stripeProductId,
  } = patch;
  const includes = { allowances, models: patch.models, features, requestsPerMinute };
  const version = nextVersion(includes);
  const creditsMicrocredits =
    patch.credits === undefined ? undefined : toMicrocredits(patch.credits);
  const rest = {
    name,
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
  // A free plan has no prices, so what is written of them does not depend on `mayEnd`.
  const priceStatements =
    resolved.prices === plan.prices ? [] : upsertPrices(db, plan.slug, resolved.prices, nowMs);
  try {
    const [changed] = await db.batch([
      update,
      ...toAuditStatements(audit, plan, plan.id),
      ...priceStatements,
    ]);
    if (changed.length === 0)
      return fail("conflict", "This is the last active free plan: new users need one.");
  } catch (error) {
    return toConflict(error);
  }
  return ok((await findPlan(db, plan.id)) ?? plan);
}

/**
 * Takes a plan off sale. It is never removed: users keep what they bought, and orders go on naming
 * it.
 */
export const deactivatePlan = (
  db: Database,
  idOrSlug: string,
  nowMs: number,
  audit?: ChangeAudit<PricedPlan>,
): Promise<Result<PricedPlan>> => updatePlan(db, idOrSlug, { isActive: false }, nowMs, audit);
