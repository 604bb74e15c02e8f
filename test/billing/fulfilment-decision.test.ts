import { describe, expect, it } from "vitest";
import { decideFulfilment } from "../../src/billing/orders/fulfilment-decision.ts";
import type { SessionFacts } from "../../src/billing/orders/session-facts.ts";
import type { Order } from "../../src/billing/orders/store.ts";

const order: Order = {
  id: "ord_1",
  userId: "usr_1",
  kind: "plan",
  planId: "pln_1",
  title: "Starter",
  priceId: "prc_1",
  quantity: 1,
  currency: "usd",
  amountMinor: 999,
  creditsMicrocredits: 100_000_000,
  creditsExpireAfterDays: null,
  givesPlan: false,
  status: "pending",
  failureReason: null,
  stripePaymentIntentId: null,
  subjectId: null,
  sellerId: null,
  sellerShareMinor: null,
  paidMinor: null,
  refundedMinor: 0,
  stripeSubscriptionId: null,
  createdAt: 0,
  updatedAt: 0,
  paidAt: null,
  completedAt: null,
  nextCheckAt: null,
};
const paid: SessionFacts = {
  stripeId: "cs_1",
  status: "complete",
  paymentStatus: "paid",
  amountMinor: 999,
  paidMinor: 999,
  currency: "usd",
  clientReferenceId: "ord_1",
  orderId: "ord_1",
  userId: "usr_1",
  paymentIntentId: "pi_1",
  paidAtMs: 1000,
  paymentFailed: false,
  paymentError: null,
};
const unpaid: SessionFacts = { ...paid, paymentStatus: "unpaid" };

describe("a payment", () => {
  it("fulfils its order when it is paid in full, in its currency, by its buyer", () => {
    expect(decideFulfilment(order, "cs_1", paid)).toEqual({ kind: "fulfil" });
    expect(decideFulfilment(order, null, paid)).toEqual({ kind: "fulfil" });
  });

  it.each<[string, Partial<SessionFacts>, RegExp]>([
    ["less than was agreed", { amountMinor: 998 }, /Paid for 998.*999/],
    ["more than was agreed", { amountMinor: 1000 }, /Paid for 1000/],
    ["no known amount", { amountMinor: null }, /Paid for nothing/],
    ["another currency", { currency: "jpy" }, /Paid in jpy.*usd/],
    ["no currency", { currency: null }, /no currency/],
    ["another order's reference", { clientReferenceId: "ord_2" }, /does not name/],
    ["no reference", { clientReferenceId: null }, /does not name/],
    ["another order's metadata", { orderId: "ord_2" }, /does not name/],
    ["another buyer", { userId: "usr_2" }, /does not name/],
  ])("I6: gives nothing for %s, and the order says why", (_case, difference, reason) => {
    const decision = decideFulfilment(order, "cs_1", { ...paid, ...difference });
    expect(decision).toEqual({ kind: "fail", reason: expect.stringMatching(reason) });
  });

  it("I6: waits while nobody has paid", () => {
    expect(decideFulfilment(order, "cs_1", { ...unpaid, status: "open" })).toEqual({
      kind: "wait",
      sessionStatus: "pending",
    });
    expect(decideFulfilment(order, "cs_1", unpaid)).toEqual({
      kind: "wait",
      sessionStatus: "processing",
    });
    expect(decideFulfilment(order, "cs_1", { ...paid, paymentStatus: "something new" }).kind).toBe(
      "wait",
    );
    expect(decideFulfilment(order, "cs_1", { ...paid, status: null }).kind).toBe("wait");
  });

  it("fulfils its order whatever a promotion code took off, or taxes added", () => {
    for (const paidMinor of [1, 499, 1199])
      expect(decideFulfilment(order, "cs_1", { ...paid, paidMinor })).toEqual({ kind: "fulfil" });
  });

  it("I6: of nothing fulfils only a free order, or one whose price a code took", () => {
    const free: SessionFacts = {
      ...paid,
      paymentStatus: "no_payment_required",
      amountMinor: 0,
      paidMinor: 0,
    };
    expect(decideFulfilment({ ...order, amountMinor: 0 }, "cs_1", free)).toEqual({
      kind: "fulfil",
    });
    expect(decideFulfilment(order, "cs_1", { ...free, amountMinor: 999 })).toEqual({
      kind: "fulfil",
    });
    expect(decideFulfilment(order, "cs_1", free)).toMatchObject({
      kind: "fail",
      reason: expect.stringMatching(/Paid for 0/),
    });
    const later = { ...free, amountMinor: 999, paidMinor: 999 };
    expect(decideFulfilment(order, "cs_1", later)).toMatchObject({
      kind: "fail",
      reason: expect.stringMatching(/Nothing was paid/),
    });
  });

  it("that fails later fails its order in Stripe's words", () => {
    const failed: SessionFacts = {
      ...unpaid,
      paymentFailed: true,
      paymentError: "The account has no funds.",
    };
    expect(decideFulfilment(order, "cs_1", failed)).toEqual({
      kind: "fail",
      reason: "The account has no funds.",
    });
    expect(decideFulfilment(order, "cs_1", { ...failed, paymentError: null })).toEqual({
      kind: "fail",
      reason: "The payment failed.",
    });
  });

  it("that nobody made before the page expired ends its order", () => {
    expect(decideFulfilment(order, "cs_1", { ...unpaid, status: "expired" })).toEqual({
      kind: "expire",
    });
  });

  it.each(["completed", "refunded", "disputed"] as const)(
    "I5: that an order had is not forgotten: %s",
    (status) => {
      const paidOrder = { ...order, status, completedAt: 1 };
      for (const facts of [unpaid, { ...paid, amountMinor: 1 }, { ...unpaid, status: "expired" }])
        expect(decideFulfilment(paidOrder, "cs_1", facts)).toEqual({ kind: "nothing" });
      expect(decideFulfilment(paidOrder, "cs_1", paid)).toEqual({ kind: "fulfil" });
    },
  );

  it("that came after all fulfils an order that had failed", () => {
    expect(decideFulfilment({ ...order, status: "failed" }, "cs_1", paid)).toEqual({
      kind: "fulfil",
    });
  });

  it("of nothing is awaited where something is due", () => {
    expect(decideFulfilment(order, "cs_1", { ...unpaid, paidMinor: 0 }).kind).toBe("wait");
  });

  it("of an order that failed may still expire", () => {
    const facts: SessionFacts = { ...unpaid, status: "expired" };
    expect(decideFulfilment({ ...order, status: "failed" }, "cs_1", facts).kind).toBe("expire");
  });

  it("that does not name its order says so before it says anything else", () => {
    const facts = { ...paid, clientReferenceId: "ord_2", amountMinor: 5 };
    expect(decideFulfilment(order, "cs_1", facts)).toEqual({
      kind: "fail",
      reason: expect.stringMatching(/does not name/),
    });
  });

  it("on another session than the order was offered with is ignored", () => {
    expect(decideFulfilment(order, "cs_2", paid)).toEqual({ kind: "nothing" });
    expect(decideFulfilment(order, "cs_2", { ...unpaid, status: "expired" })).toEqual({
      kind: "nothing",
    });
  });
});
