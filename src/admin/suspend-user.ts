import { auditIfChanged } from "../audit/index.ts";
import { findUser, resume, suspend, type User } from "../auth/index.ts";
import type { Context } from "../context.ts";
import { fail, ok, type Result } from "../errors.ts";
import { settleSuspension } from "./settle-suspension.ts";

/** The ways in which a suspension treats subscriptions: nothing, or their payments are paused. */
export const SUBSCRIPTION_CHOICES = ["keep", "pause"] as const;

/** A suspension. The reason is for admins. */
export interface SuspendParams {
  readonly reason: string;
  readonly subscriptions: (typeof SUBSCRIPTION_CHOICES)[number];
}

const notFound = (userId: string) => fail("not_found", `There is no user ${userId}.`);

/** Settles what an admin changed, or what an interrupted call left, and returns the user. */
async function settled(ctx: Context, userId: string): Promise<Result<User>> {
  await settleSuspension(ctx, userId);
  const user = await findUser(ctx.db, userId);
  return user === undefined ? notFound(userId) : ok(user);
}

/**
 * Suspends a user: no chats, no purchases, nothing new, until they are resumed. They still read,
 * sign in and leave. Again with the same reason it is no change; `subscriptions: "keep"`
 * leaves a pause that was set before.
 *
 * No mail is sent. One would be queued by `mailIfChanged`, in the batch of the change.
 * @returns the user as they are now; `not_found`; `conflict` for oneself
 */
export async function suspendUser(
  ctx: Context,
  userId: string,
  { reason, subscriptions }: SuspendParams,
): Promise<Result<User>> {
  const { db, nowMs, actor } = ctx;
  const user = await findUser(db, userId);
  if (user === undefined) return notFound(userId);
  if (userId === actor.id)
    return fail("conflict", "You can't suspend yourself. Ask another admin.");
  const entry = {
    actor,
    action: "user.suspended",
    subjectId: userId,
    userId,
    reason,
    after: { subscriptions },
  };
  const params = {
    userId,
    adminId: actor.id,
    reason,
    pausesSubscriptions: subscriptions === "pause",
  };
  await suspend(db, params, auditIfChanged(db, entry, nowMs), nowMs);
  return await settled(ctx, userId);
}

/**
 * Resumes a user, from the next request on, and lifts the pauses that the suspension set.
 * @returns the user as they are now; `not_found`
 */
export async function resumeUser(
  ctx: Context,
  userId: string,
  { reason }: Pick<SuspendParams, "reason">,
): Promise<Result<User>> {
  const { db, nowMs, actor } = ctx;
  if ((await findUser(db, userId)) === undefined) return notFound(userId);
  const entry = { actor, action: "user.resumed", subjectId: userId, userId, reason };
  await resume(db, userId, auditIfChanged(db, entry, nowMs), nowMs);
  return await settled(ctx, userId);
}
