import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  proratedReversal,
  toGrantReversal,
  toPaymentState,
} from "../../src/billing/payments/payment-state.ts";

const refund = (amountMinor: number, status: string | null = "succeeded") => ({
  id: "re_1",
  amountMinor,
  status,
});
const dispute = (status: string, amountMinor = 999, withdrawn = false) => ({
  id: "du_1",
  amountMinor,
  status,
  withdrawn,
});
const after = (refunds: ReturnType<typeof refund>[], disputes: ReturnType<typeof dispute>[] = []) =>
  toPaymentState(999, { refunds, disputes });

describe("I6: where a paid sale stands", () => {
  it("is completed while nothing speaks against it", () => {
    expect(after([])).toEqual({ status: "completed", refundedMinor: 0, frozen: false });
    expect(toPaymentState(0, { refunds: [], disputes: [] })).toEqual({
      status: "completed",
      refundedMinor: 0,
      frozen: false,
    });
  });

  it("counts refunds on their way, and none that failed or was canceled", () => {
    const all = [
      refund(1),
      refund(20, "pending"),
      refund(300, "requires_action"),
      refund(400, "failed"),
      refund(50, "canceled"),
    ];
    expect(after(all)).toEqual({ status: "completed", refundedMinor: 321, frozen: false });
  });

  it("is refunded once all of the money went, by one refund or several", () => {
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
    expect(after([], [dispute(status)])).toEqual({
      status: "disputed",
      refundedMinor: 0,
      frozen: true,
    });
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

  it("counts what a bank took as gone, but never more than was paid", () => {
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

  it("has nothing left to be frozen when a dispute is open about what was refunded, until the refund fails", () => {
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

describe("what goes back with the money", () => {
  it("is its share, rounded down, of what was sold", () => {
    expect(proratedReversal(100_000_000, { refundedMinor: 333, paidMinor: 999 })).toBe(33_333_333);
    expect(proratedReversal(100, { refundedMinor: 0, paidMinor: 0 })).toBe(0);
    expect(toGrantReversal(100, 3, { status: "disputed", refundedMinor: 2, frozen: true })).toEqual(
      {
        voidedMicrocredits: 66,
        frozen: true,
      },
    );
  });

  it("is exact at any size, never more than there is, rises with the money, and is all of it at the end", () => {
    const amount = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(amount, amount, amount, amount, (value, paidMinor, one, other) => {
        const [less, more] = [one % (paidMinor + 1), other % (paidMinor + 1)].toSorted(
          (a, b) => a - b,
        );
        const share = (refundedMinor = 0) => proratedReversal(value, { refundedMinor, paidMinor });
        expect(BigInt(share(less))).toBe((BigInt(value) * BigInt(less ?? 0)) / BigInt(paidMinor));
        expect(share(less)).toBeLessThanOrEqual(share(more));
        expect(share(paidMinor)).toBe(value);
      }),
    );
  });
});
