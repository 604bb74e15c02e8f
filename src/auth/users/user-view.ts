import { creditAccount } from "../../account/index.ts";
import { findPlan } from "../../catalog/index.ts";
import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";
import { toCredits } from "../../units.ts";
import type { User } from "./users.ts";

/** A user as the wire shows one. Credits are decimal. */
export interface UserView {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly role: User["role"];
  readonly planId: string;
  /** What can be spent now: what is held by running chats is not in it. */
  readonly creditBalance: number;
  readonly plan: { readonly id: string; readonly name: string; readonly credits: number };
  readonly createdAt: string;
}

/** Shows a user with their plan (D1) and balance (the account object, which alone knows it). */
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
    name,
    role,
    planId,
    creditBalance: toCredits(summary.value.balance.availableMicrocredits),
    plan: {
      id: planId,
      name: plan?.name ?? planId,
      credits: toCredits(plan?.creditsMicrocredits ?? 0),
    },
    createdAt: new Date(user.createdAt).toISOString(),
  });
}
