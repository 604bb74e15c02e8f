import { describe, expect, it } from "vitest";
import type { Account } from "../../src/account/account.ts";
import type { Entitlement } from "../../src/account/index.ts";
import { shareOfAllowance } from "../../src/account/ledger/carry-over.ts";
import { authorizeChat } from "../../src/account/methods/authorize-chat.ts";
import { setEntitlement } from "../../src/account/methods/set-entitlement.ts";
import { settleChat } from "../../src/account/methods/settle-chat.ts";
import { trackUsage } from "../../src/account/methods/track-usage.ts";
import { toAccountSummary } from "../../src/account/methods/views.ts";
import type { Allowance } from "../../src/meters.ts";
import { DAY_MS } from "../../src/time.ts";
import {
  chatCommand,
  failedOutcome,
  NOON,
  servedOutcome,
  testEntitlement,
  withAccount,
  withManyAccounts,
} from "../support/account.ts";
import * as fc from "../support/fast-check.ts";

const DAYS = { month: 30, year: 365 } as const;

/** The entitlement of a subscription whose paid period begins at a time. */
const subscribed = (
  planId: string,
  image: Allowance | undefined,
  startsAt: number,
  interval: keyof typeof DAYS,
  more: Partial<Entitlement> = {},
): Entitlement =>
  testEntitlement({
    planId,
    allowances: image === undefined ? {} : { image },
    billingPeriod: { startsAt, endsAt: startsAt + DAYS[interval] * DAY_MS },
    ...more,
  });

const monthly = (limit: number): Allowance => ({ limit, period: "month" });

let uses = 0;
/** Uses images, as far as the plan includes them, and returns how many it let through. */
function useUpTo(account: Account, most: number, nowMs: number): number {
  let used = 0;
  for (let step = most; step >= 1; step = Math.floor(step / 2)) {
    const track = () =>
      trackUsage(
        account,
        { operationId: `image:${++uses}`, meter: "image", quantity: step },
        nowMs,
      );
    while (used + step <= most && track().ok) used += step;
  }
  return used;
}
const change = (account: Account, entitlement: Entitlement, nowMs: number) =>
  setEntitlement(account, { entitlement }, nowMs);
const shown = ({ ledger, plan }: Account, nowMs: number) => {
  if (plan === null) throw new Error("the account is not open");
  return toAccountSummary(ledger.state, plan, nowMs).meters[0];
};

describe("use of a paid period that is cut short", () => {
  it("counts in the next one: month, year and month again give one allowance", async () => {
    await withAccount(subscribed("pln_a", monthly(100), NOON, "month"), (account, rewake) => {
      expect(useUpTo(account, 1000, NOON + 1000)).toBe(100);
      change(account, subscribed("pln_a", monthly(100), NOON + 2000, "year"), NOON + 2000);
      expect(useUpTo(account, 1000, NOON + 3000)).toBe(0);
      change(account, subscribed("pln_a", monthly(100), NOON + 4000, "month"), NOON + 4000);
      const awake = rewake();
      expect(useUpTo(awake, 1000, NOON + 5000)).toBe(0);
      expect(shown(awake, NOON + 5000)).toMatchObject({ used: 100, limit: 100 });
      // A renewal begins a fresh allowance.
      const renewedAt = NOON + 4000 + 30 * DAY_MS;
      change(awake, subscribed("pln_a", monthly(100), renewedAt, "month"), renewedAt + 1000);
      expect(useUpTo(awake, 1000, renewedAt + 2000)).toBe(100);
    });
  });

  it("is carried but for the share of the time that stays paid for, rounded up", async () => {
    await withAccount(subscribed("pln_a", monthly(100), NOON, "month"), (account) => {
      const at = NOON + 10 * DAY_MS;
      expect(useUpTo(account, 50, at)).toBe(50);
      change(account, subscribed("pln_a", monthly(100), at, "year"), at);
      // A third of 100 is 33 and some.
      expect(shown(account, at)).toMatchObject({ used: 17, limit: 100 });
    });
    expect(shareOfAllowance(Number.MAX_SAFE_INTEGER, DAY_MS - 1, DAY_MS)).toBe(9007199150490999);
    expect(shareOfAllowance(100, -1, DAY_MS)).toBe(0);
  });

  it("gives the whole next allowance to who used no more than the share", async () => {
    await withAccount(subscribed("pln_a", monthly(100), NOON, "month"), (account) => {
      const at = NOON + 15 * DAY_MS;
      expect(useUpTo(account, 50, at)).toBe(50);
      change(account, subscribed("pln_a", monthly(100), at, "year"), at);
      expect(useUpTo(account, 1000, at)).toBe(100);
    });
  });

  it("counts whatever window the next plan has, and whatever is in between", async () => {
    const kinds: readonly (Allowance | undefined)[] = [
      { limit: 100, period: "billing" },
      { limit: 0, period: "day" },
      undefined,
    ];
    for (const between of kinds) {
      await withAccount(subscribed("pln_a", monthly(100), NOON, "month"), (account) => {
        expect(useUpTo(account, 1000, NOON + 1000)).toBe(100);
        change(account, subscribed("pln_b", between, NOON, "month"), NOON + 2000);
        expect(useUpTo(account, 1000, NOON + 3000)).toBe(0);
        change(account, subscribed("pln_b", between, NOON + 4000, "year"), NOON + 4000);
        change(account, subscribed("pln_a", monthly(100), NOON + 5000, "month"), NOON + 5000);
        expect(useUpTo(account, 1000, NOON + 6000)).toBe(0);
      });
    }
  });

  it("of a trial is not carried: the period that is paid for begins afresh", async () => {
    const trial = subscribed("pln_a", monthly(100), NOON, "month", {
      billingPeriod: { startsAt: NOON, endsAt: NOON + 14 * DAY_MS, isTrial: true },
    });
    await withAccount(trial, (account) => {
      expect(useUpTo(account, 1000, NOON + 1000)).toBe(100);
      change(account, subscribed("pln_a", monthly(100), NOON + 2000, "month"), NOON + 2000);
      expect(useUpTo(account, 1000, NOON + 3000)).toBe(100);
    });
  });

  it("that was billed as overage is not carried: it has been paid for", async () => {
    const overage = { eventName: "images", limit: 50 };
    const billed: Allowance = { limit: 100, period: "month", overage };
    await withAccount(subscribed("pln_a", billed, NOON, "month"), (account, rewake) => {
      expect(useUpTo(account, 1000, NOON + 1000)).toBe(150);
      change(account, subscribed("pln_a", billed, NOON + 2000, "year"), NOON + 2000);
      expect(shown(rewake(), NOON + 3000)).toMatchObject({ used: 100, limit: 100 });
      expect(account.ledger.state.overage["images"]).toMatchObject({ quantity: 50 });
    });
  });

  it("gives back what an open chat had reserved and did not use", async () => {
    const tokens = (startsAt: number, interval: keyof typeof DAYS) =>
      subscribed("pln_a", undefined, startsAt, interval, {
        allowances: { token: { limit: 100, period: "month" } },
      });
    await withAccount(tokens(NOON, "month"), (account, rewake) => {
      const begin = (maxTokens: number) => {
        const reply = authorizeChat(account, chatCommand(maxTokens), NOON + 1000);
        if (reply.kind !== "hold") throw new Error(`expected a hold, not ${reply.kind}`);
        return reply.holdNo;
      };
      const [served, failed] = [begin(50), begin(20)];
      expect(shown(account, NOON + 1000)).toMatchObject({ used: 90 });
      change(account, tokens(NOON + 2000, "year"), NOON + 2000);
      expect(shown(account, NOON + 2000)).toMatchObject({ used: 90 });
      const end = (holdNo: number, outcome: typeof failedOutcome) =>
        settleChat(account, { holdNo, outcome, response: null }, NOON + 3000);
      end(served, servedOutcome(5));
      expect(shown(account, NOON + 3000)).toMatchObject({ used: 40 });
      end(failed, failedOutcome);
      expect(shown(account, NOON + 3000)).toMatchObject({ used: 10 });
      expect(shown(rewake(), NOON + 3000)).toMatchObject({ used: 10 });
    });
  });

  it("is not given back by a chat that began after it was carried", async () => {
    const tokens = (planId: string, period: "month" | "billing", more: Partial<Entitlement> = {}) =>
      subscribed(planId, undefined, NOON, "month", {
        allowances: { token: { limit: 100, period } },
        ...more,
      });
    await withAccount(tokens("pln_a", "month"), (account, rewake) => {
      const begin = (maxTokens: number, nowMs: number) => {
        const reply = authorizeChat(account, chatCommand(maxTokens), nowMs);
        if (reply.kind !== "hold") throw new Error(`expected a hold, not ${reply.kind}`);
        return reply.holdNo;
      };
      const end = (holdNo: number, outcome: typeof failedOutcome, nowMs: number) =>
        settleChat(account, { holdNo, outcome, response: null }, nowMs);
      end(begin(50, NOON + 1000), servedOutcome(30), NOON + 2000);
      change(account, tokens("pln_b", "billing"), NOON + 3000);
      expect(shown(account, NOON + 3000)).toMatchObject({ used: 35 });
      // Another subscription counts for a while, on trial: its end carries nothing.
      const trial = { startsAt: NOON - DAY_MS, endsAt: NOON + DAY_MS, isTrial: true } as const;
      change(account, tokens("pln_a", "month", { billingPeriod: trial }), NOON + 4000);
      const failed = begin(20, NOON + 5000);
      change(account, tokens("pln_b", "billing"), NOON + 6000);
      end(failed, failedOutcome, NOON + 7000);
      expect(shown(account, NOON + 7000)).toMatchObject({ used: 35 });
      expect(shown(rewake(), NOON + 7000)).toMatchObject({ used: 35 });
    });
  });

  it("is given back in each window that has it, by a chat that was open then", async () => {
    const tokens = (period: "month" | "billing", more: Partial<Entitlement> = {}) =>
      subscribed(`pln_${period}`, undefined, NOON, "month", {
        allowances: { token: { limit: 100, period } },
        ...more,
      });
    // Another subscription counts for a while, whose period began earlier: nothing is carried.
    const earlier = { startsAt: NOON - DAY_MS, endsAt: NOON + 29 * DAY_MS };
    await withAccount(tokens("billing"), (account, rewake) => {
      const begin = (maxTokens: number, nowMs: number) => {
        const reply = authorizeChat(account, chatCommand(maxTokens), nowMs);
        if (reply.kind !== "hold") throw new Error(`expected a hold, not ${reply.kind}`);
        return reply.holdNo;
      };
      const chat = (output: number, nowMs: number) => {
        const outcome = servedOutcome(output);
        settleChat(account, { holdNo: begin(output, nowMs), outcome, response: null }, nowMs);
      };
      chat(5, NOON + 1000);
      change(account, tokens("month"), NOON + 2000);
      chat(20, NOON + 3000);
      change(account, tokens("billing"), NOON + 4000);
      change(account, tokens("month", { billingPeriod: earlier }), NOON + 5000);
      const failed = begin(20, NOON + 6000);
      const startsAt = NOON + 7000;
      const next = { startsAt, endsAt: startsAt + 30 * DAY_MS };
      change(account, tokens("month", { planVersion: 9, billingPeriod: next }), startsAt);
      const before = shown(account, startsAt)?.used ?? 0;
      settleChat(account, { holdNo: failed, outcome: failedOutcome, response: null }, startsAt + 1);
      expect(shown(account, startsAt + 1)).toMatchObject({ used: before - 30 });
      expect(shown(rewake(), startsAt + 1)).toMatchObject({ used: before - 30 });
    });
  });

  it("is carried once, however often the change is told, in whatever order", async () => {
    const before = subscribed("pln_a", monthly(100), NOON, "month");
    const after = subscribed("pln_b", { limit: 100, period: "billing" }, NOON + 2000, "year");
    await withAccount(before, (account) => {
      expect(useUpTo(account, 60, NOON + 1000)).toBe(60);
      for (const told of [after, after, before, after, before, after])
        change(account, told, NOON + 3000);
      expect(useUpTo(account, 1000, NOON + 3000)).toBe(40);
      change(account, before, NOON + 4000);
      change(account, after, NOON + 4000);
      expect(useUpTo(account, 1000, NOON + 4000)).toBe(0);
    });
  });
});

const allowance = fc.oneof(
  fc.record({
    limit: fc.integer({ min: 0, max: 300 }),
    period: fc.constantFrom("month" as const, "billing" as const),
  }),
  fc.constant(undefined),
);
const changes = fc.array(
  fc.record({
    image: allowance,
    interval: fc.constantFrom("month" as const, "year" as const),
    /** Whether the change begins a new period, as one to another interval does. */
    isNewPeriod: fc.boolean(),
    use: fc.integer({ min: 0, max: 400 }),
    hours: fc.integer({ min: 0, max: 60 }),
  }),
  { minLength: 1, maxLength: 10 },
);

type Steps = typeof changes extends fc.Arbitrary<infer S> ? S : never;

/**
 * Plays changes without a renewal. Returns what was let through, and the greatest allowance that
 * was paid for: of one period, with the shares of those before it whose time stayed paid for.
 */
function play(account: Account, steps: Steps, hourMs: number) {
  let [nowMs, startsAt, letThrough, sharesBefore, greatest, paidFor] = [NOON, NOON, 0, 0, 0, 0];
  let interval: keyof typeof DAYS | null = null;
  for (const [index, step] of steps.entries()) {
    if (interval === null || step.isNewPeriod) {
      sharesBefore += shareOfAllowance(greatest, nowMs - startsAt, 30 * DAY_MS);
      [startsAt, interval, greatest] = [nowMs, step.interval, 0];
    }
    greatest = Math.max(greatest, step.image?.limit ?? 0);
    paidFor = Math.max(paidFor, sharesBefore + greatest);
    change(account, subscribed(`pln_${index}`, step.image, startsAt, interval), nowMs);
    letThrough += useUpTo(account, step.use, nowMs);
    nowMs += step.hours * hourMs;
  }
  return { letThrough, paidFor };
}

describe("changes without a renewal, in any number and order,", () => {
  it.each([
    { speed: "at once", hourMs: 1 },
    { speed: "over weeks", hourMs: 3_600_000 },
  ])(
    "let through no more than the greatest allowance that was paid for: $speed",
    async ({ hourMs }) => {
      await withManyAccounts(testEntitlement({ planId: "pln_none" }), async (fresh) => {
        await fc.assert(
          fc.asyncProperty(changes, async (steps) => {
            const { account, rewake } = await fresh();
            const { letThrough, paidFor } = play(account, steps, hourMs);
            expect(letThrough).toBeLessThanOrEqual(paidFor);
            expect(rewake().ledger.state.counters).toEqual(account.ledger.state.counters);
          }),
          { numRuns: 150 },
        );
      });
    },
  );

  it("leave an upgrade at least its share of the rest of the period", async () => {
    const terms = fc.record({
      limit: fc.integer({ min: 0, max: 300 }),
      more: fc.integer({ min: 0, max: 300 }),
      use: fc.integer({ min: 0, max: 300 }),
      day: fc.integer({ min: 0, max: 29 }),
      isNewPeriod: fc.boolean(),
    });
    await withManyAccounts(testEntitlement({ planId: "pln_none" }), async (fresh) => {
      await fc.assert(
        fc.asyncProperty(terms, async ({ limit, more, use, day, isNewPeriod }) => {
          const { account } = await fresh();
          change(account, subscribed("pln_a", monthly(limit), NOON, "month"), NOON);
          const nowMs = NOON + day * DAY_MS;
          const used = useUpTo(account, use, nowMs);
          const startsAt = isNewPeriod ? nowMs : NOON;
          const next = subscribed("pln_b", monthly(limit + more), startsAt, "month");
          change(account, next, nowMs);
          const beyond = Math.max(0, used - shareOfAllowance(limit, day, 30));
          const share = shareOfAllowance(limit + more, isNewPeriod ? 30 : 30 - day, 30);
          expect(useUpTo(account, 1000, nowMs)).toBeGreaterThanOrEqual(share - beyond);
        }),
        { numRuns: 150 },
      );
    });
  });
});
