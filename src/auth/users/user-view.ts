import { creditAccount } from "../../account/index.ts";
import { findPlan } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { toIso, toIsoOrNull } from "../../time.ts";
import { toCredits } from "../../units.ts";
import type { User } from "./users.ts";
import type { UserView } from "./wire.ts";

/**
 * Loads a user's view: the plan from D1, and the balance from the account object, which alone knows
 * it. The balance is what can be spent now, without the holds of running chats.
 */
export async function loadUserView(ctx: Context, user: User): Promise<Result<UserView>> {
  const { env, db } = ctx;
  const [plan, summary] = await Promise.all([
    findPlan(db, user.planId),
    orUnavailable(creditAccount(env, user.id).summary()),
  ]);
  if (!summary.ok) return summary;
  const { id, email, name, role, planId } = user;
  return ok({
    id,
    email,
    emailVerified: user.emailVerifiedAt !== null,
    name,
    role,
    planId,
    creditBalance: toCredits(summary.value.balance.availableMicrocredits),
    plan: {
      id: planId,
      slug: plan?.slug ?? planId,
      name: plan?.name ?? planId,
      credits: toCredits(plan?.creditsMicrocredits ?? 0),
    },
    freeAllowanceTaken: plan?.kind === "free" && !user.hasFreeAllowance,
    suspendedAt: toIsoOrNull(user.suspendedAt),
    createdAt: toIso(user.createdAt),
  });
}
