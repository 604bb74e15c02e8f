import { auditingChange } from "../../audit/index.ts";
import { planAtStripe, takeOverProduct } from "../../catalog/index.ts";
import type { Config } from "../../config.ts";
import { database } from "../../db.ts";
import type { Env } from "../../env.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { findAtStripe } from "../stripe/ask.ts";
import type { Settled } from "../sync/settle-session.ts";
import { productChange } from "./product-change.ts";

/**
 * Looks until Stripe and the plan agree; several handlers at once each look once more after they
 * wrote.
 */
const MOST_LOOKS = 5;

/**
 * Brings a plan to what its product is at Stripe now: its name, and whether it is sold. What was
 * pushed from here comes back as an event that changes nothing.
 * @returns `unknown` where no plan is this product
 */
export async function settleProduct(
  env: Pick<Env, "DB">,
  config: Config,
  stripeProductId: string,
  nowMs: number,
): Promise<Result<Settled>> {
  const db = database(env.DB);
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const plan = await planAtStripe(db, stripeProductId);
    if (plan === undefined) return ok("unknown");
    const now = await findAtStripe(config, (stripe) => stripe.products.retrieve(stripeProductId));
    if (!now.ok) return now;
    const change = productChange(plan, now.value);
    if (change === undefined) return ok("nothing");
    const { stripeSeen: _, ...after } = change;
    const before = { name: plan.name, isActive: plan.isActive };
    const actor = { kind: "stripe", id: stripeProductId } as const;
    const entry = { actor, action: "plan.updated", subjectId: plan.id, before, after };
    const note = Object.keys(after).length === 0 ? [] : [auditingChange(db, entry, nowMs)];
    await takeOverProduct(db, plan, change, nowMs, note);
  }
  return fail("conflict", `The product ${stripeProductId} goes on changing.`);
}
