import { creditAccount } from "../account/index.ts";
import { countAgents } from "../agents/index.ts";
import { findLastSeen, type User } from "../auth/index.ts";
import { findCustomerId, listSubscriptionPage } from "../billing/index.ts";
import { findPlan, findPlanNames } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { toIso, toIsoOrNull } from "../time.ts";
import { showUsage } from "../usage/index.ts";
import type { UserDetailsView, UserToAdminView } from "./wire.ts";

/** Shows a user to an admin. @param planName undefined where there is no such plan any more */
export const showUser = (
  {
    id,
    email,
    name,
    externalId,
    role,
    planId,
    assignedPlanId,
    firstPaidAt,
    suspendedAt,
    suspensionReason,
    isSuspensionPending,
    planVersion,
    createdAt,
  }: User,
  planName: string | undefined,
): UserToAdminView => ({
  id,
  email,
  name,
  externalId,
  role,
  planId,
  planName: planName ?? planId,
  assignedPlanId,
  firstPaidAt: toIsoOrNull(firstPaidAt),
  suspendedAt: toIsoOrNull(suspendedAt),
  suspensionReason,
  // An account that is not open gets the suspension when it opens.
  suspensionPending: isSuspensionPending && planVersion !== null,
  createdAt: toIso(createdAt),
});

/** The most subscriptions that are shown with a user: the newest. All are a list of its own. */
const SUBSCRIPTIONS_MAX = 100;

type Subscription = Awaited<ReturnType<typeof listSubscriptionPage>>[number];

const showSubscription = (
  subscription: Subscription,
  planName: string | undefined,
): UserDetailsView["subscriptions"][number] => ({
  id: subscription.id,
  planId: subscription.planId,
  planName: planName ?? subscription.planId,
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
  const [plan, summary, agentCount, subscriptions, stripeCustomerId, lastSeen] = await Promise.all([
    findPlan(db, user.planId),
    orUnavailable(creditAccount(env, user.id).summary()),
    countAgents(db, user.id),
    listSubscriptionPage(db, user.id, SUBSCRIPTIONS_MAX, undefined),
    findCustomerId(db, user.id),
    findLastSeen(db, [user.id]),
  ]);
  const planNames = await findPlanNames(
    db,
    subscriptions.map(({ planId }) => planId),
  );
  return {
    ...showUser(user, plan?.name),
    plan: { id: user.planId, name: plan?.name ?? user.planId },
    account: summary.ok
      ? { planId: summary.value.planId, ...showUsage(summary.value, agentCount) }
      : null,
    stripeCustomerId: stripeCustomerId ?? null,
    lastSeenAt: toIsoOrNull(lastSeen.get(user.id) ?? null),
    subscriptions: subscriptions.map((one) => showSubscription(one, planNames.get(one.planId))),
  };
}
