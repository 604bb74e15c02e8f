import { describe, expect, it } from "vitest";
import { toGrantReversal, toPaymentState } from "../../src/billing/payments/payment-state.ts";
import { prorate } from "../../src/billing/payments/prorate.ts";
import * as fc from "../support/fast-check.ts";

const refund = (amountMinor: number, status: string | null = "succeeded") => ({
  id: "re_1",
  amountMinor,
  status,
  createdAtMs: 0,
});
const dispute = (status: string, amountMinor = 999, withdrawn = false) => ({
  id: "du_1",
  amountMinor,
  status,
  withdrawn,
});
const after = (refunds: ReturnType<typeof refund>[], disputes: ReturnType<typeof dispute>[] = []) =>
  toPaymentState(999, { refunds, disputes });

describe("I6: the state of a sale's money", () => {
  it("is completed without refunds and disputes", () => {
    expect(after([])).toEqual({ status: "completed", refundedMinor: 0, frozen: false });
    expect(toPaymentState(0, { refunds: [], disputes: [] })).toEqual({
      status: "completed",
      refundedMinor: 0,
      frozen: false,
    });
  });

  it("counts pending refunds, and none that failed or was canceled", () => {
    const all = [
      refund(1),
      refund(20, "pending"),
      refund(300, "requires_action"),
      refund(400, "failed"),
      refund(50, "canceled"),
    ];
    expect(after(all)).toEqual({ status: "completed", refundedMinor: 321, frozen: false });
  });

  it("is refunded once all money went back, by one refund or several", () => {
    expect(after([refund(999)])).toEqual({ status: "refunded", refundedMinor: 999, frozen: false });
    expect(after([refund(500), refund(499, "pending")]).status).toBe("refunded");
    expect(after([refund(500), refund(499, "failed")]).status).toBe("completed");
  });

  it.each([
    "needs_response",
    "under_review",
    "appeal_needs_response",
    "appeal_under_review",
    "something new",
  ])("is frozen by a dispute that is %s", (status) => {
    const frozen = { status: "disputed", refundedMinor: 0, frozen: true };
    expect(after([], [dispute(status)])).toEqual(frozen);
    // The bank takes the money when a dispute begins, and may give it back.
    expect(after([], [dispute(status, 999, true)])).toEqual(frozen);
  });

  it.each(["won", "prevented", "warning_needs_response", "warning_under_review", "warning_closed"])(
    "is left alone by a dispute that is %s",
    (status) => {
      expect(after([], [dispute(status)])).toEqual({
        status: "completed",
        refundedMinor: 0,
        frozen: false,
      });
    },
  );

  it("counts money lost to a bank as refunded, but never more than was paid", () => {
    expect(after([], [dispute("lost")])).toMatchObject({
      status: "refunded",
      refundedMinor: 999,
      frozen: false,
    });
    expect(after([], [dispute("lost", 400)])).toMatchObject({
      status: "completed",
      refundedMinor: 400,
    });
    expect(after([refund(300)], [dispute("lost")])).toMatchObject({
      status: "refunded",
      refundedMinor: 999,
    });
    expect(after([], [dispute("prevented", 999, true)])).toMatchObject({
      status: "refunded",
      refundedMinor: 999,
    });
  });

  it("freezes nothing for a dispute about refunded money, until the refund fails", () => {
    expect(after([refund(999)], [dispute("needs_response")])).toEqual({
      status: "refunded",
      refundedMinor: 999,
      frozen: false,
    });
    expect(after([refund(999, "failed")], [dispute("needs_response")])).toMatchObject({
      status: "disputed",
      frozen: true,
    });
  });
});

describe("the share that goes back with the money", () => {
  it("is proportional to the money, rounded down", () => {
    expect(prorate(100_000_000, { part: 333, whole: 999 })).toBe(33_333_333);
    expect(prorate(100, { part: 0, whole: 0 })).toBe(0);
    expect(toGrantReversal(100, 3, { status: "disputed", refundedMinor: 2, frozen: true })).toEqual(
      {
        voidedMicrocredits: 66,
        frozen: true,
      },
    );
  });

  it("is exact at any size, rises with the money, and is all of the value at the end", () => {
    const amount = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(amount, amount, amount, amount, (value, paidMinor, one, other) => {
        const [less, more] = [one % (paidMinor + 1), other % (paidMinor + 1)].toSorted(
          (a, b) => a - b,
        );
        const share = (part = 0) => prorate(value, { part, whole: paidMinor });
        expect(BigInt(share(less))).toBe((BigInt(value) * BigInt(less ?? 0)) / BigInt(paidMinor));
        expect(share(less)).toBeLessThanOrEqual(share(more));
        expect(share(paidMinor)).toBe(value);
      }),
    );
  });
});
