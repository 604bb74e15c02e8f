import { creditAccount } from "../account/index.ts";
import { findLastSeen, listUsers, type Role, type User } from "../auth/index.ts";
import { findPayingSubscriptions } from "../billing/index.ts";
import { findPlanNames } from "../catalog/index.ts";
import type { Context } from "../context.ts";
import type { CsvColumns } from "../http/csv.ts";
import { type Page, type TimedPosition, toPage } from "../http/page.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { toIsoOrNull } from "../time.ts";
import { toCredits, toMajor } from "../units.ts";
import { showUser } from "./show-user.ts";
import type { ListedUserView } from "./wire.ts";

/** The filters and the page of the list of users. */
export interface UserListQuery {
  readonly search?: string | undefined;
  readonly planId?: string | undefined;
  readonly role?: Role | undefined;
  /** Whether the credits of each user are asked of their account. */
  readonly credits: boolean;
  readonly limit: number;
  readonly cursor?: TimedPosition | undefined;
}

/** Loads what a user has to spend; null while their account cannot be reached. */
async function loadCredits({ env }: Context, { id, planVersion }: User): Promise<number | null> {
  if (planVersion === null) return null;
  const summary = await orUnavailable(creditAccount(env, id).summary()).catch(() => null);
  return summary?.ok === true ? toCredits(summary.value.balance.availableMicrocredits) : null;
}

/**
 * Loads a page of users. A page of a search that is neither full nor the last one means that it
 * looked through as many users as it may.
 */
export async function loadUserPage(
  ctx: Context,
  { credits, cursor, ...query }: UserListQuery,
): Promise<Page<ListedUserView>> {
  const { db } = ctx;
  const before = cursor === undefined ? undefined : { createdAt: cursor.atMs, id: cursor.id };
  const { rows, end } = await listUsers(db, { ...query, before });
  const users = rows.slice(0, query.limit);
  const userIds = users.map(({ id }) => id);
  const [lastSeen, subscriptions, balances] = await Promise.all([
    findLastSeen(db, userIds),
    findPayingSubscriptions(db, userIds),
    Promise.all(users.map(async (user) => (credits ? await loadCredits(ctx, user) : null))),
  ]);
  const planNames = await findPlanNames(db, [...new Set(users.map(({ planId }) => planId))]);
  const balanceOf = new Map(users.map(({ id }, index) => [id, balances[index] ?? null]));
  const page = toPage(
    rows,
    query.limit,
    (user): ListedUserView => ({
      ...showUser(user, planNames.get(user.planId)),
      lastSeenAt: toIsoOrNull(lastSeen.get(user.id) ?? null),
      subscription: subscriptions.get(user.id) ?? null,
      credits: balanceOf.get(user.id) ?? null,
    }),
    ({ createdAt, id }) => `${createdAt}.${id}`,
  );
  if (page.hasMore || end === undefined) return page;
  return { ...page, hasMore: true, nextCursor: `${end.createdAt}.${end.id}` };
}

/** The columns of the list in CSV. */
export const USER_COLUMNS: CsvColumns<ListedUserView> = [
  ["id", ({ id }) => id],
  ["email", ({ email }) => email],
  ["name", ({ name }) => name],
  ["external_id", ({ externalId }) => externalId],
  ["role", ({ role }) => role],
  ["plan", ({ planName }) => planName],
  ["subscription_status", ({ subscription }) => subscription?.status ?? null],
  [
    "monthly_amount",
    ({ subscription }) =>
      subscription === null ? null : toMajor(subscription.monthlyMinor, subscription.currency),
  ],
  ["currency", ({ subscription }) => subscription?.currency ?? null],
  ["credits", ({ credits }) => credits],
  ["signed_up_at", ({ createdAt }) => createdAt],
  ["first_paid_at", ({ firstPaidAt }) => firstPaidAt],
  ["last_seen_at", ({ lastSeenAt }) => lastSeenAt],
  ["suspended_at", ({ suspendedAt }) => suspendedAt],
];
