import { describe, expect, it } from "vitest";
import {
  decideEffectivePlan,
  isSubscriptionEntitling,
  type PlanFacts,
} from "../../../src/billing/entitlement/effective-plan.ts";
import { findPaidPeriod, type PaidInvoice } from "../../../src/billing/entitlement/paid-period.ts";
import { SUBSCRIPTION_STATUSES } from "../../../src/billing/tables.ts";
import { DAY_MS } from "../../../src/time.ts";

const NOW = Date.UTC(2082, 10, 20, 12);
const GRACE_DAYS = 7;

type PlanSubscription = PlanFacts["subscriptions"][number];
const subscription = (more: Partial<PlanSubscription> = {}): PlanSubscription => ({
  id: "sub_1",
  planId: "pln_pro",
  status: "active",
  pastDueSince: null,
  entitledUntil: null,
  isPaymentReversed: false,
  createdAt: NOW - 90 * DAY_MS,
  paidPeriod: { startsAt: NOW - 2 * DAY_MS, endsAt: NOW + 28 * DAY_MS },
  ...more,
});
const facts = (more: Partial<PlanFacts> = {}): PlanFacts => ({
  assignedPlanId: null,
  subscriptions: [],
  purchasedPlanId: null,
  freePlanId: "pln_free",
  ...more,
});
const decide = (more: Partial<PlanFacts>) => decideEffectivePlan(facts(more), GRACE_DAYS, NOW);
const planOf = (more: Partial<PlanFacts>) => decide(more)?.planId ?? null;

describe("the plan that a user has", () => {
  it("is not that of a subscription whose current payment was reversed", () => {
    expect(planOf({ subscriptions: [subscription({ isPaymentReversed: true })] })).toBe("pln_free");
  });

  it("is the free one until another is bought", () => {
    expect(planOf({})).toBe("pln_free");
    expect(decide({ freePlanId: null })).toBeNull();
  });

  it("is a subscription's while that is active or on trial, over a one-time plan", () => {
    for (const status of SUBSCRIPTION_STATUSES) {
      const expected = status === "active" || status === "trialing" ? "pln_pro" : "pln_once";
      expect(
        planOf({ subscriptions: [subscription({ status })], purchasedPlanId: "pln_once" }),
        status,
      ).toBe(expected);
    }
  });

  it("is the newest of several subscriptions that entitle", () => {
    const older = subscription({ id: "sub_old", planId: "pln_old" });
    const newer = subscription({ id: "sub_new", planId: "pln_new", createdAt: NOW });
    const over = subscription({
      id: "sub_over",
      planId: "pln_over",
      status: "canceled",
      createdAt: NOW + 1,
    });
    expect(planOf({ subscriptions: [older, newer, over] })).toBe("pln_new");
    expect(planOf({ subscriptions: [over, newer, older] })).toBe("pln_new");
  });

  it("is, of two of the same second, always the same one", () => {
    const pair = ["sub_a", "sub_b"].map((id) => subscription({ id, planId: `pln_of_${id}` }));
    expect(planOf({ subscriptions: pair })).toBe("pln_of_sub_b");
    expect(planOf({ subscriptions: pair.toReversed() })).toBe("pln_of_sub_b");
  });

  it("is a subscription's up to the end of what was paid for, whatever its status says", () => {
    const paidUntil = (entitledUntil: number) => subscription({ entitledUntil });
    expect(isSubscriptionEntitling(paidUntil(NOW + 1), GRACE_DAYS, NOW)).toBe(true);
    expect(isSubscriptionEntitling(paidUntil(NOW), GRACE_DAYS, NOW)).toBe(false);
    expect(isSubscriptionEntitling(paidUntil(NOW - 1), GRACE_DAYS, NOW)).toBe(false);
  });

  it("has a grace period only where Stripe still tries, from when it began to", () => {
    const late = { pastDueSince: NOW - DAY_MS };
    for (const status of ["unpaid", "canceled", "paused", "incomplete"] as const)
      expect(isSubscriptionEntitling(subscription({ ...late, status }), GRACE_DAYS, NOW)).toBe(
        false,
      );
    const unknown = subscription({ status: "past_due", pastDueSince: null });
    expect(isSubscriptionEntitling(unknown, Number.MAX_SAFE_INTEGER / DAY_MS, NOW)).toBe(false);
  });

  it("is the one that the operator agreed by hand, over every other", () => {
    expect(
      planOf({
        assignedPlanId: "pln_deal",
        subscriptions: [subscription()],
        purchasedPlanId: "pln_once",
      }),
    ).toBe("pln_deal");
  });

  it("stays a subscription's for the grace period, and not a millisecond longer", () => {
    const late = (ms: number) => subscription({ status: "past_due", pastDueSince: NOW - ms });
    expect(isSubscriptionEntitling(late(0), GRACE_DAYS, NOW)).toBe(true);
    expect(isSubscriptionEntitling(late(7 * DAY_MS - 1), GRACE_DAYS, NOW)).toBe(true);
    expect(isSubscriptionEntitling(late(7 * DAY_MS), GRACE_DAYS, NOW)).toBe(false);
    expect(planOf({ subscriptions: [late(7 * DAY_MS)], purchasedPlanId: "pln_once" })).toBe(
      "pln_once",
    );
    expect(isSubscriptionEntitling(late(0), 0, NOW)).toBe(false);
  });

  it("has the paid period of its subscription, and none where it comes from elsewhere", () => {
    const subscriptions = [subscription()];
    const billingPeriod = { startsAt: NOW - 2 * DAY_MS, endsAt: NOW + 28 * DAY_MS };
    expect(decide({ subscriptions })).toEqual({ planId: "pln_pro", billingPeriod });
    expect(decide({ subscriptions, assignedPlanId: "pln_pro" })).toEqual({
      planId: "pln_pro",
      billingPeriod: null,
    });
    expect(decide({})).toEqual({ planId: "pln_free", billingPeriod: null });
  });
});

describe("the last period of a subscription that was paid for", () => {
  const current = {
    id: "sub_1",
    status: "active",
    currentPeriodStart: NOW,
    currentPeriodEnd: NOW + 30 * DAY_MS,
  } as const;
  const invoice = (fromDays: number, toDays: number, more: Partial<PaidInvoice> = {}) => ({
    subscriptionId: "sub_1",
    periodStart: NOW + fromDays * DAY_MS,
    periodEnd: NOW + toDays * DAY_MS,
    createdAt: NOW + fromDays * DAY_MS,
    ...more,
  });
  const paidDays = (...invoices: PaidInvoice[]) => {
    const { startsAt, endsAt } = findPaidPeriod(current, invoices);
    return [(startsAt - NOW) / DAY_MS, (endsAt - NOW) / DAY_MS];
  };

  it("is the current one once its invoice is paid, and else the one before", () => {
    expect(paidDays(invoice(-30, 0), invoice(0, 30))).toEqual([0, 30]);
    expect(paidDays(invoice(-60, -30), invoice(-30, 0))).toEqual([-30, 0]);
  });

  it("begins with the whole period, though a change in it was paid for later", () => {
    expect(paidDays(invoice(-30, 0), invoice(-10, 0))).toEqual([-30, 0]);
    expect(paidDays(invoice(-30, 0), invoice(0, 30), invoice(12, 30))).toEqual([0, 30]);
  });

  it("is the trial as long as it lasts, and says so: it costs nothing", () => {
    const trial = findPaidPeriod({ ...current, status: "trialing" }, [invoice(0, 30)]);
    expect(trial).toEqual({ startsAt: NOW, endsAt: NOW + 30 * DAY_MS, isTrial: true });
    expect(findPaidPeriod(current, [invoice(0, 30)])).not.toHaveProperty("isTrial");
  });

  it("is the one before, though that was paid for only now", () => {
    expect(paidDays(invoice(-30, 0, { createdAt: NOW + DAY_MS }))).toEqual([-30, 0]);
  });

  it("is the current one where nothing says what was paid, or the price is not ours", () => {
    const foreign = { periodStart: 0, periodEnd: 0 };
    expect(paidDays()).toEqual([0, 30]);
    expect(paidDays(invoice(-30, 0, { subscriptionId: "sub_2" }))).toEqual([0, 30]);
    expect(paidDays(invoice(-30, 0), invoice(0, 30, foreign))).toEqual([0, 30]);
    expect(paidDays(invoice(-30, 0), invoice(-1, 30, foreign))).toEqual([-30, 0]);
    expect(paidDays(invoice(-1, 30, foreign))).toEqual([0, 30]);
  });
});
