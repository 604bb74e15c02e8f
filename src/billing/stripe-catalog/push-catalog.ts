import { findPlan, listPlans, type PricedPlan } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { type FailureCode, fail, ok, type Result } from "../../errors.ts";
import { fetchAllFromStripe } from "../stripe/fetch-from-stripe.ts";
import type { PushContext } from "./push-context.ts";
import { pushOnePlan } from "./push-plan.ts";
import type { PushResult } from "./wire.ts";

/**
 * Failures that concern one plan alone, which its operator has to correct. The other plans are
 * pushed all the same. Any other failure concerns them all.
 */
const PLAN_FAILURES: ReadonlySet<FailureCode> = new Set(["conflict", "stripe_refused"]);

/** Returns a function that loads once and then repeats its result. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => (loading ??= load());
}

const buildPushContext = (ctx: Context): PushContext => ({
  config: ctx.config,
  db: ctx.db,
  changes: [],
  products: once(() =>
    fetchAllFromStripe(ctx.config, (stripe, paging) => stripe.products.list(paging)),
  ),
  meters: once(() =>
    fetchAllFromStripe(ctx.config, (stripe, paging) => stripe.billing.meters.list(paging)),
  ),
});

/** Returns whether Stripe has to know a plan. A free plan costs nothing. */
const isPaidPlan = (plan: PricedPlan): boolean => plan.kind !== "free";

/**
 * Pushes the catalog to Stripe: a product for each plan with its limits as metadata, a price for
 * each of its prices, a meter for each overage. Repeated, it changes nothing; after an interruption
 * it continues. Objects that were not made here (other products, other prices of a product) are
 * left alone.
 * @returns `billing_unavailable` or `misconfigured` when Stripe cannot be called
 */
export async function pushCatalog(ctx: Context): Promise<Result<PushResult>> {
  const { db } = ctx;
  const push = buildPushContext(ctx);
  const problems: PushResult["problems"][number][] = [];
  for (const plan of (await listPlans(db, { activeOnly: false })).filter(isPaidPlan)) {
    const pushed = await pushOnePlan(push, plan);
    if (pushed.ok) continue;
    if (!PLAN_FAILURES.has(pushed.failure.code)) return pushed;
    problems.push({ slug: plan.slug, message: pushed.failure.message });
  }
  return ok({ changes: push.changes, problems });
}

/**
 * Pushes one plan to Stripe, for a sale that needs its prices there (a subscription's) before the
 * catalog was pushed.
 * @returns the plan with Stripe's ids
 */
export async function pushPlan(ctx: Context, plan: PricedPlan): Promise<Result<PricedPlan>> {
  const { db } = ctx;
  const pushed = await pushOnePlan(buildPushContext(ctx), plan);
  if (!pushed.ok) return pushed;
  const current = await findPlan(db, plan.id);
  return current === undefined ? fail("not_found", `There is no plan ${plan.slug}.`) : ok(current);
}
