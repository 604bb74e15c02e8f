import type { Actor } from "../../../actor.ts";
import { record } from "../../../audit/index.ts";
import type { User } from "../../../auth/index.ts";
import type { Context } from "../../../context.ts";
import { ok, type Result } from "../../../errors.ts";
import { callStripe } from "../../stripe/stripe.ts";
import { SUSPENSION_MARK, type SubscriptionFacts } from "./subscription-facts.ts";
import { decideCollection } from "./suspension-decision.ts";

const SYSTEM_ACTOR: Actor = { kind: "system", id: "subscriptions of suspended users" };

/**
 * Pauses the payments of a subscription at Stripe while its user is suspended, if the admin chose
 * so, and lifts what the suspension set. Invoices of that time are void
 * (https://docs.stripe.com/billing/subscriptions/pause-payment): the plan is not in force for it.
 * The pause and its mark are one change at Stripe, so that after a crash it is known whose it is.
 * @returns whether the subscription was changed at Stripe; or why Stripe did not change it
 */
export async function followSuspension(
  { db, config, nowMs }: Context,
  facts: SubscriptionFacts,
  { id: userId, suspendedAt, pausesSubscriptions }: User,
): Promise<Result<boolean>> {
  const change = decideCollection(facts, suspendedAt !== null && pausesSubscriptions);
  if (change === null) return ok(false);
  const { isPaused, mark } = change;
  const { id, isCollectionPaused: wasPaused } = facts;
  const updated = await callStripe(config, (stripe) =>
    stripe.subscriptions.update(id, {
      metadata: { [SUSPENSION_MARK]: mark ?? "" },
      ...(isPaused === wasPaused
        ? {}
        : { pause_collection: isPaused ? { behavior: "void" as const } : "" }),
    }),
  );
  if (!updated.ok) return updated;
  if (isPaused === wasPaused) return ok(true);
  const action = isPaused ? "subscription.collection_paused" : "subscription.collection_resumed";
  const reason = isPaused ? "The user is suspended." : "The user is suspended no more.";
  await record(db, { actor: SYSTEM_ACTOR, action, subjectId: id, userId, reason }, nowMs);
  return ok(true);
}
