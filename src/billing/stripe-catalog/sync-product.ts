import { auditIfChanged } from "../../audit/index.ts";
import { applyStripeProduct, findPlanByStripeId } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { converge } from "../../converge.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { fetchFromStripe } from "../stripe/fetch-from-stripe.ts";
import type { SyncOutcome } from "../stripe/sync-outcome.ts";
import { decideProductChange } from "./product-change.ts";

const ROUNDS_MAX = 5;

/**
 * Syncs a plan with its product at Stripe: its name, and whether it is sold. The event of a change
 * that was pushed from here changes nothing.
 * @returns `unknown` when no plan is linked to this product
 */
export async function syncProduct(
  ctx: Context,
  stripeProductId: string,
): Promise<Result<SyncOutcome>> {
  const { db, config, nowMs } = ctx;
  const synced = await converge<Result<SyncOutcome>>(ROUNDS_MAX, async (round) => {
    const plan = await findPlanByStripeId(db, stripeProductId);
    if (plan === undefined) return { done: ok("unknown") };
    const fetched = await fetchFromStripe(config, (stripe) =>
      stripe.products.retrieve(stripeProductId),
    );
    if (!fetched.ok) return { done: fetched };
    const change = decideProductChange(plan, fetched.value);
    if (change === undefined) return { done: ok(round === 0 ? "unchanged" : "changed") };
    const { stripeSeen: _, ...after } = change;
    const before = { name: plan.name, isActive: plan.isActive };
    const actor = { kind: "stripe", id: stripeProductId } as const;
    const entry = { actor, action: "plan.updated", subjectId: plan.id, before, after };
    const auditEntries = Object.keys(after).length === 0 ? [] : [auditIfChanged(db, entry, nowMs)];
    await applyStripeProduct(ctx, plan, change, auditEntries);
    return "again";
  });
  return synced ?? fail("conflict", `The product ${stripeProductId} goes on changing.`);
}
