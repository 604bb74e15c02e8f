import { type AuditEntry, auditIfChanged } from "../../audit/index.ts";
import { applyStripeProduct, findPlanByStripeId } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { converge } from "../../converge.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { log } from "../../log.ts";
import { fetchFromStripe } from "../stripe/fetch-from-stripe.ts";
import type { SyncOutcome } from "../stripe/sync-outcome.ts";
import { decideProductChange, toSeenProduct } from "./product-change.ts";

const ROUNDS_MAX = 5;

/**
 * Syncs a plan with its product at Stripe: its name, its limits, and whether it is sold. The event
 * of a change that was pushed from here changes nothing. Limits that cannot be taken are in the
 * audit log and the log.
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
    const product = fetched.value;
    const decided = decideProductChange(plan, product === null ? null : toSeenProduct(product));
    if (decided === undefined) return { done: ok(round === 0 ? "unchanged" : "changed") };
    const { refusedLimits, ...change } = decided;
    const { stripeSeen: _, ...after } = change;
    const actor = { kind: "stripe", id: stripeProductId } as const;
    const subject = { actor, subjectId: plan.id };
    const entries: AuditEntry[] = [];
    if (Object.keys(after).length > 0) {
      const { name, isActive, allowances } = plan;
      const before = { name, isActive, ...(change.allowances === undefined ? {} : { allowances }) };
      entries.push({ ...subject, action: "plan.updated", before, after });
    }
    if (refusedLimits !== undefined) {
      const error = `The limits of ${plan.slug} at Stripe weren't applied: ${refusedLimits}.`;
      log.error("stripe_product.limits_refused", { error });
      entries.push({ ...subject, action: "plan.limits_refused", reason: refusedLimits });
    }
    await applyStripeProduct(
      ctx,
      plan,
      change,
      entries.map((entry) => auditIfChanged(db, entry, nowMs)),
    );
    return "again";
  });
  return (
    synced ?? fail("conflict", `The product ${stripeProductId} keeps changing. Try again later.`)
  );
}
