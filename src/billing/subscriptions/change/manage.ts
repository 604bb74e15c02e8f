import type Stripe from "stripe";
import { type Actor, record } from "../../../audit/index.ts";
import type { Config } from "../../../config.ts";
import { type Database, database } from "../../../db.ts";
import type { Env } from "../../../env.ts";
import { fail, ok, type Result } from "../../../errors.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { findSubscription, isLive, type Subscription } from "../store.ts";
import { syncSubscription } from "../sync/sync-subscription.ts";

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

/** Who does something to a subscription, and when. */
export interface ActionContext {
  readonly actor: Actor;
  readonly nowMs: number;
}

/**
 * Brings what is known here of a subscription to what was just done to it at Stripe. What was done
 * is done: should Stripe not answer now, its events bring the rest.
 */
export async function resync(
  env: Bindings,
  config: Config,
  subscription: Subscription,
  nowMs: number,
): Promise<Subscription> {
  const synced = await syncSubscription(env, config, subscription.id, nowMs);
  if (!synced.ok) {
    const error = `${synced.failure.code}: ${synced.failure.message}`;
    console.error(
      JSON.stringify({
        level: "error",
        doing: "settling a subscription",
        subscriptionId: subscription.id,
        error,
      }),
    );
  }
  return (await findSubscription(database(env.DB), subscription.id)) ?? subscription;
}

/** Notes in the audit log what somebody asked for. */
export const auditRequest = (
  db: Database,
  subscription: Subscription,
  { action, after }: { action: string; after: Record<string, string | number | boolean | null> },
  { actor, nowMs }: ActionContext,
): Promise<void> => {
  const { id, userId, status, planId, quantity, cancelAtPeriodEnd } = subscription;
  const before = { status, planId, quantity, cancelAtPeriodEnd };
  return record(db, { actor, action, subjectId: id, userId, before, after }, nowMs);
};

const alreadyEnded = ({ status }: Subscription) =>
  fail("conflict", `This subscription has ended: it is ${status}.`);

async function updateAtStripe(
  env: Bindings,
  config: Config,
  subscription: Subscription,
  { action, params }: { action: string; params: Stripe.SubscriptionUpdateParams },
  context: ActionContext,
): Promise<Result<Subscription>> {
  const updated = await callStripe(config, (stripe) =>
    stripe.subscriptions.update(subscription.id, params),
  );
  if (!updated.ok) return updated;
  const { cancel_at_period_end: cancelAtPeriodEnd } = updated.value;
  await auditRequest(
    database(env.DB),
    subscription,
    { action, after: { cancelAtPeriodEnd } },
    context,
  );
  return ok(await resync(env, config, subscription, context.nowMs));
}

/**
 * Lets a subscription end with the period that is paid for: nothing changes until then. Canceling
 * twice is canceling once.
 */
export async function cancelAtPeriodEnd(
  env: Bindings,
  config: Config,
  subscription: Subscription,
  context: ActionContext,
): Promise<Result<Subscription>> {
  if (!isLive(subscription)) return alreadyEnded(subscription);
  if (subscription.cancelAtPeriodEnd) return ok(subscription);
  const params = { cancel_at_period_end: true };
  return await updateAtStripe(
    env,
    config,
    subscription,
    { action: "subscription.cancel_requested", params },
    context,
  );
}

/**
 * Lets a subscription go on that was to end, or that is paused. One that goes on anyway stays as it
 * is.
 */
export async function resumeSubscription(
  env: Bindings,
  config: Config,
  subscription: Subscription,
  context: ActionContext,
): Promise<Result<Subscription>> {
  if (!isLive(subscription)) return alreadyEnded(subscription);
  const action = "subscription.resume_requested";
  if (subscription.status === "paused") {
    const resumed = await callStripe(config, (stripe) =>
      stripe.subscriptions.resume(subscription.id),
    );
    if (!resumed.ok) return resumed;
    await auditRequest(
      database(env.DB),
      subscription,
      { action, after: { status: resumed.value.status } },
      context,
    );
    return ok(await resync(env, config, subscription, context.nowMs));
  }
  if (subscription.cancelAtPeriodEnd)
    return await updateAtStripe(
      env,
      config,
      subscription,
      { action, params: { cancel_at_period_end: false } },
      context,
    );
  if (subscription.cancelAt !== null)
    return await updateAtStripe(
      env,
      config,
      subscription,
      { action, params: { cancel_at: "" } },
      context,
    );
  return ok(subscription);
}

/**
 * Ends a subscription at once. The plan ends with it; its credits stay until the period that was
 * paid for ends, and nothing is paid back. What was used past the plan's allowance is billed now:
 * no invoice would come for it later.
 */
export async function cancelNow(
  env: Bindings,
  config: Config,
  subscription: Subscription,
  context: ActionContext,
): Promise<Result<Subscription>> {
  const isOpen = isLive(subscription) || subscription.status === "incomplete";
  if (!isOpen) return ok(subscription);
  const canceled = await callStripe(config, (stripe) =>
    stripe.subscriptions.cancel(subscription.id, { invoice_now: true }),
  );
  if (!canceled.ok && canceled.failure.param !== "resource_missing") return canceled;
  const after = { status: "canceled" };
  await auditRequest(
    database(env.DB),
    subscription,
    { action: "subscription.ended", after },
    context,
  );
  return ok(await resync(env, config, subscription, context.nowMs));
}
