import { type ApiKey, creditAccount } from "../account/index.ts";
import { loadUserView, type User } from "../auth/index.ts";
import type { Context } from "../context.ts";
import { ok, type Result } from "../errors.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { showCredits, showUsage } from "../usage/index.ts";

/** Who a user is, and where the account stands. */
export interface Profile extends Readonly<Record<string, unknown>> {
  readonly keys: readonly ApiKey[];
  readonly usage: ReturnType<typeof showUsage>;
  readonly credits: ReturnType<typeof showCredits>;
}

/** Reads what the document begins with, and so whether the account can be reached at all. */
export async function readProfile(ctx: Context, user: User): Promise<Result<Profile>> {
  const { env } = ctx;
  const account = creditAccount(env, user.id);
  const [view, summary, keys] = await Promise.all([
    loadUserView(ctx, user),
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
    usage: showUsage(summary.value),
    credits: showCredits(summary.value),
  });
}
