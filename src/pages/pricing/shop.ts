import { type ApiClient, type SuccessBody, unwrap } from "../api.ts";
import type { PageContext } from "../context.ts";
import type { PlanView } from "../plan-lines.ts";

type Subscription = SuccessBody<ApiClient["api"]["subscription"]["$get"]>;

/** Returns whether a plan is more than a pack, which gives credits only. */
export const isPlan = (plan: PlanView): boolean =>
  plan.unlocks === null && (Object.keys(plan.allowances).length > 0 || plan.features.length > 0);

/** Lists the packs that have a price. */
export const listPacks = (plans: readonly PlanView[]): PlanView[] =>
  plans.filter(
    (plan) =>
      !isPlan(plan) && plan.unlocks === null && plan.kind === "one_time" && plan.prices.length > 0,
  );

/** Returns whether a plan is sold that could replace the given one. */
export const hasOtherPlans = (planId: string, plans: readonly PlanView[]): boolean =>
  plans.some((plan) => plan.id !== planId && isPlan(plan) && plan.prices.length > 0);

/** What the reader has, as far as it decides about offers; null for a visitor. */
export const loadSubscription = async (c: PageContext): Promise<Subscription | null> =>
  c.var.viewer === null ? null : await unwrap(c.var.api.api.subscription.$get());

export type ReaderSubscription = Awaited<ReturnType<typeof loadSubscription>>;

/** Returns whether a subscription can be changed to another plan on our own page. */
export const isChangeable = (subscription: ReaderSubscription): boolean =>
  subscription?.status === "active" || subscription?.status === "trialing";
