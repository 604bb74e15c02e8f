import { findPlan, listPlans, type PricedPlan } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { type FailureCode, fail, ok, type Result } from "../../errors.ts";
import { fetchAllFromStripe } from "../stripe/fetch-from-stripe.ts";
import type { CatalogChange, PushContext } from "./push-context.ts";
import { pushOnePlan } from "./push-plan.ts";

/**
 * What a push did, and which plans it could not push, and why. Nothing and none where Stripe holds
 * the catalog already.
 */
export interface PushResult {
  readonly changes: readonly CatalogChange[];
  readonly problems: readonly { readonly slug: string; readonly message: string }[];
}

/**
 * Of the operator's making, in one plan: the others are pushed all the same. Anything else concerns
 * them all.
 */
const PLAN_FAILURES: ReadonlySet<FailureCode> = new Set(["conflict", "stripe_refused"]);

/** Asks once, however often the answer is wanted. */
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
    fetchAllFromStripe(ctx.config, (stripe, paging) =>
      stripe.billing.meters.list({ status: "active", ...paging }),
    ),
  ),
});

/** A free plan costs nothing, so Stripe need not know it. */
const isPaidPlan = (plan: PricedPlan): boolean => plan.kind !== "free";

/**
 * Makes Stripe hold the catalog: a product for each plan with its limits as metadata, a price for
 * each of its prices, a meter for each overage. Run again, it makes nothing; stopped anywhere, it
 * goes on where it was. What Stripe has of the same and was not made here (other products, other
 * prices of a product) is left alone.
 * @returns what was done; `billing_unavailable` or `misconfigured` when Stripe cannot be asked
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
 * Makes Stripe hold one plan, for a sale that needs its prices there (a subscription's) before
 * anybody pushed the catalog.
 * @returns the plan with Stripe's ids
 */
export async function pushPlan(ctx: Context, plan: PricedPlan): Promise<Result<PricedPlan>> {
  const { db } = ctx;
  const pushed = await pushOnePlan(buildPushContext(ctx), plan);
  if (!pushed.ok) return pushed;
  const current = await findPlan(db, plan.id);
  return current === undefined ? fail("not_found", `There is no plan ${plan.slug}.`) : ok(current);
}
