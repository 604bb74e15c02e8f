import { describe, expect, it } from "vitest";
import { toMeterShare } from "../../src/account/ledger/allowances.ts";
import { evictDailyUsage } from "../../src/account/ledger/compact.ts";
import { dueDebtPayments, dueOwnDebtPayments } from "../../src/account/ledger/debts.ts";
import type { Entry, Grant } from "../../src/account/ledger/entries.ts";
import { reserveShares } from "../../src/account/ledger/grants.ts";
import { emptyState, postedBalance } from "../../src/account/ledger/state.ts";
import { NOON } from "../support/account.ts";
import * as fc from "../support/fast-check.ts";
import { makeLedger } from "../support/hand-ledger.ts";

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const pick = fc.nat({ max: 1000 });
const share = fc.constantFrom(0.25, 0.5, 1);
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("grant" as const), amount: fc.integer({ min: 1, max: 100 }) }),
    fc.record({ do: fc.constant("hold" as const), share }),
    fc.record({ do: fc.constant("end" as const), pick }),
    fc.record({ do: fc.constantFrom("void", "void", "restore" as const), pick, share }),
    fc.record({ do: fc.constantFrom("freeze", "unfreeze" as const), pick }),
    fc.record({ do: fc.constant("take" as const), amount: fc.integer({ min: 1, max: 100 }) }),
    fc.record({ do: fc.constant("return" as const), pick }),
  ),
  { minLength: 5, maxLength: 40 },
);
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

/** Returns the entry of a step, as the account's methods would make it; null where none fits. */
function toEntry({ state }: ReturnType<typeof makeLedger>, step: Step): Entry | null {
  const at = "pick" in step ? step.pick : 0;
  const grants = Object.values(state.grants);
  const grant = grants[at % Math.max(1, grants.length)];
  const holds = Object.keys(state.holds);
  if (step.do === "end") {
    const holdNo = Number(holds[at % Math.max(1, holds.length)]);
    return holds.length === 0 ? null : { kind: "void", holdNo, ending: "client_gone" };
  }
  if (step.do === "take") {
    const shares = reserveShares(grants, step.amount, NOON);
    const reason = "Mistake";
    return { kind: "take", operationId: "a", amountMicrocredits: step.amount, shares, reason };
  }
  if (grant === undefined || step.do === "grant" || step.do === "hold") return null;
  const { grantNo, paidBy } = grant;
  if (step.do === "return") {
    const [payer] = Object.entries(paidBy);
    if (payer === undefined) return null;
    const most = Math.min(payer[1], grant.remainingMicrocredits - grant.heldMicrocredits);
    const payerNo = Number(payer[0]);
    return most <= 0 ? null : { kind: "debt_return", grantNo, payerNo, amountMicrocredits: most };
  }
  if (!("share" in step)) return { kind: `grant_${step.do}`, grantNo };
  const { voidedMicrocredits: voided, amountMicrocredits: amount } = grant;
  const most = step.do === "void" ? amount - voided : voided - sum(Object.values(paidBy));
  const amountMicrocredits = Math.ceil(most * step.share);
  return most <= 0 ? null : { kind: `grant_${step.do}`, grantNo, amountMicrocredits };
}

describe("whatever is granted, held, taken back, frozen and deducted,", () => {
  it("the sums of an account are those of its parts, and no grant is in its own debt", () => {
    fc.assert(
      fc.property(steps, (history) => {
        const ledger = makeLedger();
        const { state, append } = ledger;
        for (const step of history) {
          if (step.do === "grant") ledger.grant(step.amount);
          const free = sum(
            Object.values(state.grants).map((grant) =>
              grant.frozen ? 0 : grant.remainingMicrocredits - grant.heldMicrocredits,
            ),
          );
          if (step.do === "hold" && free > 0) ledger.hold(Math.ceil(free * step.share));
          const entry = toEntry(ledger, step);
          if (entry !== null) append(entry);
          for (const due of [dueOwnDebtPayments, dueDebtPayments])
            for (const payment of due(state)) append(payment);

          const grants = Object.values(state.grants);
          const debt = sum(grants.map((grant) => grant.owedMicrocredits));
          expect(state.debtMicrocredits).toBe(debt + state.takenDebtMicrocredits);
          expect(postedBalance(state)).toBe(
            sum(grants.map((grant) => grant.remainingMicrocredits)) - state.debtMicrocredits,
          );
          expect(state.heldMicrocredits).toBe(sum(grants.map((grant) => grant.heldMicrocredits)));
          expect(state.frozenGrants).toBe(grants.filter((grant) => grant.frozen).length);
          for (const grant of grants) {
            expect(grant.remainingMicrocredits).toBeGreaterThanOrEqual(grant.heldMicrocredits);
            expect(grant.owedMicrocredits).toBeGreaterThanOrEqual(0);
            expect(Object.keys(grant.paidBy)).not.toContain(String(grant.grantNo));
            expect(Object.values(grant.paidBy).every((paid) => paid > 0)).toBe(true);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("an entry that names what is not there", () => {
  it("is refused with its name, and changes nothing", () => {
    const { state, append } = makeLedger();
    expect(() => append({ kind: "grant_freeze", grantNo: 7 })).toThrow("grant 7");
    expect(() => append({ kind: "expire", holdNo: 8 })).toThrow("hold 8");
    expect(state).toEqual(emptyState());
  });
});

it("grants are used by priority, then expiry, then age, in whatever order they come", () => {
  const { state, grant } = makeLedger();
  for (const priority of [1, 0])
    for (const expiresAt of [null, NOON + 2000, NOON + 1000, NOON + 2000, null])
      grant(10, priority, expiresAt);
  const all = Object.values(state.grants);
  const order = [8, 7, 9, 6, 10, 3, 2, 4, 1, 5];
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (grants: Grant[]) => {
      expect(reserveShares(grants, 100, NOON).map(({ grantNo }) => grantNo)).toEqual(order);
    }),
  );
});

describe("an allowance without a limit", () => {
  it("has no overage, though its plan names an event for it", () => {
    const usage = {
      counter: "message/month",
      counterPeriod: "month" as const,
      periodStart: 0,
      used: 5,
      left: Number.POSITIVE_INFINITY,
      leftWithOverage: Number.POSITIVE_INFINITY,
      resetsAt: null,
    };
    const overage = { eventName: "messages", limit: null };
    expect(toMeterShare({ limit: null, period: "month", overage }, usage, 3)).toEqual({
      counter: "message/month",
      periodStart: 0,
      quantity: 3,
    });
  });
});

it("only the named days of usage are forgotten once D1 has them", () => {
  const state = emptyState();
  const usage = {
    requests: 1,
    inputTokens: 1,
    cachedInputTokens: 0,
    outputTokens: 1,
    microcredits: 1,
    model: "small",
  };
  for (const day of ["2082-11-19", "2082-11-20"]) state.daily[`${day}/small`] = { day, ...usage };
  evictDailyUsage(state, ["2082-11-19/small"]);
  expect(Object.keys(state.daily)).toEqual(["2082-11-20/small"]);
});

it("overage that D1 has is forgotten, and no other", () => {
  const { state, append } = makeLedger();
  const report = { kind: "overage_report", quantity: 2, usedAt: NOON } as const;
  const first = append({ ...report, eventName: "messages" });
  const second = append({ ...report, eventName: "tokens" });
  append({ kind: "overage_sent", reportNos: [first] });
  expect(Object.keys(state.reports)).toEqual([String(second)]);
});

describe("a tracked use", () => {
  const use = { operationId: "image:1", meter: "image", periodStart: 0 } as const;

  it("counts in its period, and once among what exists at once, until it is released", () => {
    const { state, append } = makeLedger();
    append({ kind: "track", ...use, quantity: 3, period: "day" });
    append({ kind: "track", ...use, quantity: 2, period: "at_once" });
    const used = () =>
      Object.fromEntries(
        Object.entries(state.counters).map(([name, counter]) => [name, counter.used]),
      );
    expect(used()).toEqual({ "image/day": 3, "image/at_once": 5 });
    append({ kind: "track_release", operationId: "image:1", meter: "image", quantity: 3 });
    expect(used()).toEqual({ "image/day": 3, "image/at_once": 2 });
  });
});
