import { type ApiKey, creditAccount } from "../account/index.ts";
import { loadUserView, orUnavailable, type User } from "../auth/index.ts";
import type { Database } from "../db.ts";
import type { Env } from "../env.ts";
import { ok, type Result } from "../errors.ts";
import { showCredits, showUsage } from "../usage/index.ts";

/** Who a user is, and where the account stands. */
export interface Profile extends Readonly<Record<string, unknown>> {
  readonly keys: readonly ApiKey[];
  readonly usage: ReturnType<typeof showUsage>;
  readonly credits: ReturnType<typeof showCredits>;
}

/** Reads what the document begins with, and so whether the account can be reached at all. */
export async function readProfile(env: Env, db: Database, user: User): Promise<Result<Profile>> {
  const account = creditAccount(env, user.id);
  const [view, summary, keys] = await Promise.all([
    loadUserView(env, db, user),
    orUnavailable(account.summary()),
    orUnavailable(account.listKeys()),
  ]);
  if (!view.ok) return view;
  if (!summary.ok) return summary;
  const { assignedPlanId, firstPaidAt } = user;
  const firstPaidIso = firstPaidAt === null ? null : new Date(firstPaidAt).toISOString();
  return ok({
    ...view.value,
    assignedPlanId,
    firstPaidAt: firstPaidIso,
    keys,
    usage: showUsage(summary),
    credits: showCredits(summary),
  });
}
