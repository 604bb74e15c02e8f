import { creditAccount } from "../account/index.ts";
import { countAgents } from "../agents/index.ts";
import {
  listIdentities,
  loadMailPreferences,
  loadSignInMethods,
  loadUserView,
  showIdentity,
  showKey,
  type User,
} from "../auth/index.ts";
import type { Context } from "../context.ts";
import { ok, type Result } from "../errors.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { toIsoOrNull } from "../time.ts";
import { showCredits, showUsage } from "../usage/index.ts";
import type { ExportedUserView } from "./wire.ts";

/** The parts of the document that are read before the answer begins. */
export type Profile = Pick<
  ExportedUserView,
  "profile" | "mailPreferences" | "signInMethods" | "identities" | "apiKeys" | "usage" | "credits"
>;

/**
 * Reads a user's profile and account. It comes first, because a failure can be answered only before
 * the document begins.
 */
export async function readProfile(ctx: Context, user: User): Promise<Result<Profile>> {
  const account = creditAccount(ctx.env, user.id);
  const [view, mailPreferences, signInMethods, identities, summary, agentCount, keys] =
    await Promise.all([
      loadUserView(ctx, user),
      loadMailPreferences(ctx, user.id),
      loadSignInMethods(ctx.db, user.id),
      listIdentities(ctx.db, user.id),
      orUnavailable(account.summary()),
      countAgents(ctx.db, user.id),
      orUnavailable(account.listKeys()),
    ]);
  if (!view.ok) return view;
  if (!mailPreferences.ok) return mailPreferences;
  if (!summary.ok) return summary;
  const { assignedPlanId, firstPaidAt, externalId, metadata } = user;
  return ok({
    profile: {
      ...view.value,
      assignedPlanId,
      firstPaidAt: toIsoOrNull(firstPaidAt),
      externalId,
      metadata,
    },
    mailPreferences: mailPreferences.value,
    signInMethods,
    identities: identities.map((row) => showIdentity(ctx.config.SIGN_IN_PROVIDERS, row)),
    apiKeys: keys.map(showKey),
    usage: showUsage(summary.value, agentCount),
    credits: showCredits(summary.value),
  });
}
