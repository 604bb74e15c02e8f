import { creditAccount } from "../account/index.ts";
import { countAgents } from "../agents/index.ts";
import type { User } from "../auth/index.ts";
import { listSubscriptionPage } from "../billing/index.ts";
import { findPlan } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { toIso, toIsoOrNull } from "../time.ts";
import { showUsage } from "../usage/index.ts";
import type { UserDetailsView, UserToAdminView } from "./wire.ts";

/** Shows a user as the list does. */
export const showUser = ({
  id,
  email,
  name,
  role,
  planId,
  assignedPlanId,
  firstPaidAt,
  createdAt,
}: User): UserToAdminView => ({
  id,
  email,
  name,
  role,
  planId,
  assignedPlanId,
  firstPaidAt: toIsoOrNull(firstPaidAt),
  createdAt: toIso(createdAt),
});

/** The most subscriptions that are shown with a user: the newest. All are a list of its own. */
const SUBSCRIPTIONS_MAX = 100;

type Subscription = Awaited<ReturnType<typeof listSubscriptionPage>>[number];

const showSubscription = (
  subscription: Subscription,
): UserDetailsView["subscriptions"][number] => ({
  id: subscription.id,
  planId: subscription.planId,
  status: subscription.status,
  quantity: subscription.quantity,
  currency: subscription.currency,
  currentPeriodEnd: toIso(subscription.currentPeriodEnd),
  trialEnd: toIsoOrNull(subscription.trialEnd),
  cancelAtPeriodEnd: subscription.cancelAtPeriodEnd,
  endedAt: toIsoOrNull(subscription.endedAt),
  createdAt: toIso(subscription.createdAt),
});

/** Loads a user's plan, account and subscriptions, and shows the user with them. */
export async function loadUserDetails({ env, db }: Context, user: User): Promise<UserDetailsView> {
  const [plan, summary, agentCount, subscriptions] = await Promise.all([
    findPlan(db, user.planId),
    orUnavailable(creditAccount(env, user.id).summary()),
    countAgents(db, user.id),
    listSubscriptionPage(db, user.id, SUBSCRIPTIONS_MAX, undefined),
  ]);
  return {
    ...showUser(user),
    plan: { id: user.planId, name: plan?.name ?? user.planId },
    account: summary.ok
      ? { planId: summary.value.planId, ...showUsage(summary.value, agentCount) }
      : null,
    subscriptions: subscriptions.map(showSubscription),
  };
}
