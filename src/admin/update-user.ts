import { auditIfChanged } from "../audit/index.ts";
import {
  assignPlan,
  findUser,
  linkExternalId,
  type Role,
  setRole,
  type User,
} from "../auth/index.ts";
import { applyEffectivePlan } from "../billing/index.ts";
import { findPlan } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import type { Database } from "../db.ts";
import { fail, ok, type Result } from "../errors.ts";

/** The changes that an admin may make to a user. */
export interface UserUpdateParams {
  readonly role?: Role | undefined;
  /** A custom plan's id or slug, agreed by hand; null ends the agreement. */
  readonly planId?: string | null | undefined;
  /** The founder's own id for the user; null unlinks it. */
  readonly externalId?: string | null | undefined;
}

/** Resolves the custom plan that is to be agreed; null for none. */
async function resolveCustomPlan(
  db: Database,
  idOrSlug: string | null,
): Promise<Result<string | null>> {
  if (idOrSlug === null) return ok(null);
  const plan = await findPlan(db, idOrSlug);
  const param = "planId";
  if (plan === undefined || !plan.isActive)
    return fail("invalid_request", `planId: there is no active plan ${idOrSlug}.`, { param });
  if (plan.kind === "custom") return ok(plan.id);
  const reason = `${plan.name} isn't a custom plan. Only custom plans can be assigned by an admin.`;
  return fail("invalid_request", `planId: ${reason}`, { param });
}

/**
 * Changes a user's role, the external id, or the plan that was agreed with them by hand. That plan
 * wins over everything that was bought until the agreement ends; then what was bought is in force
 * again. A second call finishes what a crash left half done.
 * @returns the user as it is now; `not_found`; `conflict` for one's own role, or an external id
 *   that another user has; `invalid_request` naming the field
 */
export async function updateUser(
  ctx: Context,
  userId: string,
  { role, planId, externalId }: UserUpdateParams,
): Promise<Result<User>> {
  const { db, nowMs, actor } = ctx;
  const user = await findUser(db, userId);
  if (user === undefined) return fail("not_found", `There is no user ${userId}.`);
  if (role !== undefined && userId === actor.id)
    return fail("conflict", "You can't change your own role. Ask another admin.", {
      param: "role",
    });
  const plan = planId === undefined ? undefined : await resolveCustomPlan(db, planId);
  if (plan !== undefined && !plan.ok) return plan;

  const auditChange = (action: string, before: object, after: object) =>
    auditIfChanged(
      db,
      { actor, action, subjectId: userId, userId, before: { ...before }, after: { ...after } },
      nowMs,
    );
  if (externalId !== undefined) {
    // The entry outlives an erasure, so it does not name the id.
    const audit = auditChange("user.linked", {}, { isLinked: externalId !== null });
    const linked = await linkExternalId(ctx, userId, externalId, audit);
    if (!linked.ok) return linked;
  }
  if (role !== undefined) {
    const audit = auditChange("user.role_changed", { role: user.role }, { role });
    await setRole(db, userId, role, audit, nowMs);
  }
  if (plan !== undefined) {
    const before = { planId: user.planId, assignedPlanId: user.assignedPlanId };
    const audit = auditChange("user.plan_agreed", before, { assignedPlanId: plan.value });
    await assignPlan(db, userId, plan.value, audit, nowMs);
    await applyEffectivePlan(ctx, userId);
  }
  return ok((await findUser(db, userId)) ?? user);
}
