import { auditIfChanged } from "../audit/index.ts";
import { assignPlan, findUser, type Role, setRole, type User } from "../auth/index.ts";
import { applyEffectivePlan } from "../billing/index.ts";
import { findPlan } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import { database } from "../db.ts";
import type { Env } from "../env.ts";
import { fail, ok, type Result } from "../errors.ts";

/**
 * What an admin may change of a user. `planId`: a custom plan's id or slug, agreed by hand; null
 * ends the agreement.
 */
export interface UserUpdateParams {
  readonly role?: Role | undefined;
  readonly planId?: string | null | undefined;
}

/** The plan that is to be agreed; null for none. */
async function resolveCustomPlan(
  env: Pick<Env, "DB">,
  planId: string | null,
): Promise<Result<string | null>> {
  if (planId === null) return ok(null);
  const plan = await findPlan(database(env.DB), planId);
  if (plan === undefined || !plan.isActive)
    return fail("invalid_request", `planId: there is no active plan ${planId}.`, {
      param: "planId",
    });
  if (plan.kind === "custom") return ok(plan.id);
  return fail(
    "invalid_request",
    `planId: ${plan.name} is not a custom plan: it is bought, not agreed by hand.`,
    {
      param: "planId",
    },
  );
}

/**
 * Changes a user's role, or the plan that was agreed with them by hand. That plan wins over all
 * that was bought until it is taken back; then what was bought is in force again. Doing it again
 * finishes what a crash left half done.
 * @returns the user as it is now; `not_found`; `conflict` for one's own role; `invalid_request`
 *   naming the field
 */
export async function updateUser(
  ctx: Context,
  userId: string,
  change: UserUpdateParams,
): Promise<Result<User>> {
  const { env, db, nowMs, actor } = ctx;
  const user = await findUser(db, userId);
  if (user === undefined) return fail("not_found", `There is no user ${userId}.`);
  const { role, planId } = change;
  if (role !== undefined && userId === actor.id)
    return fail("conflict", "Nobody changes their own role: ask another admin.", { param: "role" });
  const plan = planId === undefined ? undefined : await resolveCustomPlan(env, planId);
  if (plan !== undefined && !plan.ok) return plan;

  const auditChange = (action: string, before: object, after: object) =>
    auditIfChanged(
      db,
      { actor, action, subjectId: userId, userId, before: { ...before }, after: { ...after } },
      nowMs,
    );
  if (role !== undefined)
    await setRole(
      db,
      userId,
      role,
      auditChange("user.role_changed", { role: user.role }, { role }),
      nowMs,
    );
  if (plan !== undefined) {
    const before = { planId: user.planId, assignedPlanId: user.assignedPlanId };
    const auditPlanChange = auditChange("user.plan_agreed", before, { assignedPlanId: plan.value });
    await assignPlan(db, userId, plan.value, auditPlanChange, nowMs);
    await applyEffectivePlan(ctx, userId);
  }
  return ok((await findUser(db, userId)) ?? user);
}
