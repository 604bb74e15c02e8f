import { describe, expect, it } from "vitest";
import {
  type InvoiceLine,
  toInvoiceCredits,
} from "../../../src/billing/subscriptions/invoices/invoice-credits.ts";
import { decideInvoiceGrants } from "../../../src/billing/subscriptions/invoices/invoice-grants.ts";

const CREDIT = 1_000_000;
const PRO = {
  planId: "pln_pro",
  title: "Pro",
  amountMinor: 1500,
  creditsMicrocredits: 100 * CREDIT,
};
const MAX = {
  planId: "pln_max",
  title: "Max",
  amountMinor: 4900,
  creditsMicrocredits: 400 * CREDIT,
};
const PRICED = new Map([
  ["price_pro", PRO],
  ["price_max", MAX],
]);
const line = (
  stripePriceId: string | null,
  amountMinor: number,
  more: Partial<InvoiceLine> = {},
): InvoiceLine => ({
  stripePriceId,
  amountMinor,
  periodStart: 1000,
  periodEnd: 2000,
  ...more,
});

describe("the credits of an invoice", () => {
  it("are the plan's where its price is paid in full, times the quantity", () => {
    expect(toInvoiceCredits([line("price_pro", 1500)], PRICED)).toEqual({
      microcredits: 100 * CREDIT,
      taken: 0,
      rates: { price_pro: 100 * CREDIT },
      main: PRO,
      periodStart: 1000,
      periodEnd: 2000,
    });
    expect(toInvoiceCredits([line("price_pro", 4500)], PRICED).microcredits).toBe(300 * CREDIT);
  });

  it("are the difference where one plan replaces another within a period, up and down", () => {
    const up = toInvoiceCredits([line("price_pro", -750), line("price_max", 2450)], PRICED);
    expect(up).toMatchObject({ microcredits: 150 * CREDIT, taken: 50 * CREDIT, main: MAX });
    expect(
      toInvoiceCredits([line("price_max", -2450), line("price_pro", 750)], PRICED).microcredits,
    ).toBe(-150 * CREDIT);
  });

  it("for returned time are those that it gave, and for new time those that it gives today", () => {
    const lines = [line("price_pro", -750), line("price_max", 2450)];
    const up = toInvoiceCredits(lines, PRICED, { price_pro: 60 * CREDIT, price_max: 9 * CREDIT });
    expect(up).toMatchObject({
      microcredits: 170 * CREDIT,
      taken: 30 * CREDIT,
      rates: { price_max: 400 * CREDIT },
    });
    expect(up.rates).not.toHaveProperty("price_pro");
  });

  it("are none for a trial, for overage, and for lines that the operator added by hand", () => {
    const trial = toInvoiceCredits([line("price_pro", 0)], PRICED);
    expect(trial).toMatchObject({ microcredits: 0, main: PRO });
    expect(trial.rates).toEqual({});
    expect(toInvoiceCredits([line("price_metered", 800), line(null, 5000)], PRICED)).toMatchObject({
      microcredits: 0,
      main: null,
    });
  });

  it("are of the plan that most of the money is for, the first of two alike", () => {
    const [pro, max] = [line("price_pro", 1500), line("price_max", 4900)];
    expect(toInvoiceCredits([max, pro], PRICED).main).toBe(MAX);
    expect(toInvoiceCredits([pro, max], PRICED).main).toBe(MAX);
    expect(toInvoiceCredits([pro, line("price_max", 1500)], PRICED).main).toBe(PRO);
  });

  it("are rounded down line by line, in whole microcredits, for any size of plan", () => {
    const plan = {
      planId: "pln_huge",
      title: "Huge",
      amountMinor: 99_999_999,
      creditsMicrocredits: 1_000_000_000 * CREDIT,
    };
    const huge = new Map([["price_huge", plan]]);
    expect(toInvoiceCredits([line("price_huge", 99_999_999)], huge).microcredits).toBe(
      plan.creditsMicrocredits,
    );
    expect(toInvoiceCredits([line("price_huge", 1)], huge).microcredits).toBe(10_000_000);
    expect(toInvoiceCredits([line("price_huge", -1)], huge).microcredits).toBe(-10_000_001);
    expect(
      toInvoiceCredits([line("price_huge", 1), line("price_huge", -1)], huge).microcredits,
    ).toBe(-1);
  });

  it("last until the last of its periods ends", () => {
    const proration = line("price_max", 100, { periodStart: 1500, periodEnd: 2000 });
    const renewal = line("price_max", 4900, { periodStart: 2000, periodEnd: 3000 });
    expect(toInvoiceCredits([proration, renewal], PRICED)).toMatchObject({
      periodStart: 1500,
      periodEnd: 3000,
    });
    // Time that costs nothing does.
    const free = line("price_pro", 0, { periodStart: 1000, periodEnd: 2000 });
    expect(toInvoiceCredits([free, proration], PRICED)).toMatchObject({
      periodStart: 1000,
      periodEnd: 2000,
    });
    // Returned time does not.
    const year = line("price_max", -4900, { periodStart: 1000, periodEnd: 9000 });
    expect(toInvoiceCredits([year, renewal], PRICED)).toMatchObject({
      periodStart: 2000,
      periodEnd: 3000,
    });
    expect(toInvoiceCredits([year], PRICED)).toMatchObject({ periodStart: 1000, periodEnd: 9000 });
  });
});

type Invoice = Parameters<typeof decideInvoiceGrants>[0][number];
const invoice = (
  id: string,
  createdAt: number,
  credits: number,
  more: Partial<Invoice> = {},
): Invoice => ({
  id,
  subscriptionId: "sub_1",
  currency: "usd",
  status: "paid",
  creditsMicrocredits: credits,
  takenMicrocredits: Math.max(0, -credits),
  totalMinor: 1000,
  refundedMinor: 0,
  disputed: false,
  periodEnd: createdAt + 1000,
  createdAt,
  ...more,
});
const grantView = (
  invoiceId: string,
  amountMicrocredits: number,
  voidedMicrocredits = 0,
  frozen = false,
) => ({
  invoiceId,
  amountMicrocredits,
  voidedMicrocredits,
  frozen,
});

describe("the grants of a user's invoices", () => {
  it("are none before the invoices are paid", () => {
    for (const status of ["draft", "open", "uncollectible", "void"])
      expect(
        decideInvoiceGrants([
          invoice("in_1", 1, 100, { status }),
          invoice("in_2", 2, -50, { status }),
        ]),
        status,
      ).toEqual([]);
  });

  it("are taken back by a later cheaper plan, newest first, and never twice", () => {
    const invoices = [invoice("in_1", 1, 100), invoice("in_2", 2, 40), invoice("in_3", 3, -60)];
    expect(decideInvoiceGrants(invoices)).toEqual([
      grantView("in_1", 100, 20),
      grantView("in_2", 40, 40),
    ]);
    expect(decideInvoiceGrants([...invoices, invoice("in_4", 4, 10)])).toContainEqual(
      grantView("in_4", 10),
    );
    expect(decideInvoiceGrants([...invoices, invoice("in_5", 5, -500)])).toEqual([
      grantView("in_1", 100, 100),
      grantView("in_2", 40, 40),
    ]);
  });

  it("are taken back if earlier or of the same second, and not if later", () => {
    expect(decideInvoiceGrants([invoice("in_b", 7, 30), invoice("in_a", 7, -30)])).toEqual([
      grantView("in_b", 30, 30),
    ]);
    expect(decideInvoiceGrants([invoice("in_1", 1, -30), invoice("in_2", 2, 30)])).toEqual([
      grantView("in_2", 30),
    ]);
  });

  it("are reversed in proportion to a refund, and frozen while a dispute is open", () => {
    const invoices = [
      invoice("in_1", 1, 90, { refundedMinor: 500 }),
      invoice("in_2", 2, 90, { disputed: true }),
    ];
    expect(decideInvoiceGrants(invoices)).toEqual([
      grantView("in_1", 90, 45),
      grantView("in_2", 90, 0, true),
    ]);
    expect(decideInvoiceGrants([invoice("in_1", 1, 90, { refundedMinor: 1000 })])).toEqual([
      grantView("in_1", 90, 90),
    ]);
  });

  it("are given for the new period, and the rest of the old one is taken", () => {
    // From a month that gave 100 to a year that gives 120, with 90 of the month left.
    const year = { takenMicrocredits: 90 };
    expect(decideInvoiceGrants([invoice("in_1", 1, 100), invoice("in_2", 2, 30, year)])).toEqual([
      grantView("in_1", 100, 90),
      grantView("in_2", 120),
    ]);
    const refunded = invoice("in_1", 1, 100, { refundedMinor: 1000 });
    expect(decideInvoiceGrants([refunded, invoice("in_2", 2, 30, year)])).toEqual([
      grantView("in_1", 100, 100),
      grantView("in_2", 120, 90),
    ]);
    const undone = invoice("in_2", 2, 30, { ...year, refundedMinor: 1000 });
    expect(decideInvoiceGrants([invoice("in_1", 1, 100), undone])).toEqual([
      grantView("in_1", 100, 90),
      grantView("in_2", 120, 30),
    ]);
  });

  it("are not taken back twice where a refunded period is also changed", () => {
    const refunded = invoice("in_1", 1, 100, { refundedMinor: 1000 });
    expect(decideInvoiceGrants([refunded, invoice("in_2", 2, -50)])).toEqual([
      grantView("in_1", 100, 100),
    ]);
  });

  it("I6: pay for a balance that a reversed payment left unpaid", () => {
    const lost = invoice("in_1", 1, 400, { refundedMinor: 1000 });
    const down = invoice("in_2", 2, -300, { takenMicrocredits: 400 });
    const months = [3, 4, 5, 6].map((at) => invoice(`in_${at}`, at, 100));
    expect(
      decideInvoiceGrants([lost, down, ...months]).map(
        (grant) => grant.amountMicrocredits - grant.voidedMicrocredits,
      ),
    ).toEqual([0, 0, 0, 0, 0, 100]);
    // Half of it for half of the payment.
    const half = invoice("in_1", 1, 400, { refundedMinor: 500 });
    expect(
      decideInvoiceGrants([half, down, ...months]).map(
        (grant) => grant.amountMicrocredits - grant.voidedMicrocredits,
      ),
    ).toEqual([0, 0, 0, 100, 100, 100]);
  });

  it("I6: do not grow from such a balance by going up and down", () => {
    const lost = invoice("in_1", 1, 400, { refundedMinor: 1000 });
    const [down, up] = [{ takenMicrocredits: 400 }, { takenMicrocredits: 100 }];
    const changes = [2, 3, 4, 5, 6].map((at) =>
      invoice(`in_${at}`, at, at % 2 === 0 ? -300 : 300, at % 2 === 0 ? down : up),
    );
    const left = (invoices: Invoice[]) =>
      decideInvoiceGrants(invoices).reduce(
        (sum, grant) => sum + grant.amountMicrocredits - grant.voidedMicrocredits,
        0,
      );
    for (const length of [0, 1, 2, 3, 4, 5])
      expect(left([lost, ...changes.slice(0, length)]), `${length} changes`).toBe(0);
    // Credits that are paid for again are given.
    expect(
      left([lost, ...changes, ...[7, 8, 9, 10].map((at) => invoice(`in_${at}`, at, 100))]),
    ).toBe(100);
  });

  it("I6: pay for such a balance on another subscription, in its currency alone", () => {
    const lost = invoice("in_1", 1, 400, { refundedMinor: 1000 });
    const down = invoice("in_2", 2, -300, { takenMicrocredits: 400 });
    const newSubscription = (currency: string) =>
      invoice("in_3", 3, 200, { subscriptionId: "sub_2", currency });
    expect(decideInvoiceGrants([lost, down, newSubscription("usd")])).toContainEqual(
      grantView("in_3", 200, 200),
    );
    expect(decideInvoiceGrants([lost, down, newSubscription("eur")])).toContainEqual(
      grantView("in_3", 200, 0),
    );
  });

  it("I6: pay for such a balance once, and with no more than they have left", () => {
    const left = (invoices: Invoice[]) =>
      decideInvoiceGrants(invoices).map(
        ({ amountMicrocredits, voidedMicrocredits }) => amountMicrocredits - voidedMicrocredits,
      );
    const whole = { refundedMinor: 1000 };
    const lost = invoice("in_1", 1, 400, whole);
    const down = invoice("in_2", 2, -300, { takenMicrocredits: 400 });
    const months = [5, 6, 7, 8, 9].map((at) => invoice(`in_${at}`, at, 100));
    // A second change gives back the same unpaid time again.
    const again = invoice("in_3", 3, -300, { takenMicrocredits: 400 });
    expect(left([lost, down, again, ...months])).toEqual([0, 0, 0, 0, 0, 0, 100, 100]);
    // Two unpaid times, of which a change gives back as much as one.
    const before = invoice("in_0", 0, 400, whole);
    expect(left([before, lost, down, ...months])).toEqual([0, 0, 0, 0, 0, 0, 100, 100]);
    // A later month whose own money went back in part.
    const half = invoice("in_5", 5, 100, { refundedMinor: 500 });
    expect(left([lost, down, half, ...months.slice(1)])).toEqual([0, 0, 0, 0, 0, 50, 100]);
  });

  it("of the same second as a change are earlier, and not later ones", () => {
    const lost = invoice("in_1", 1, 400, { refundedMinor: 1000 });
    const down = invoice("in_2", 2, -300, { takenMicrocredits: 400 });
    expect(decideInvoiceGrants([lost, down, invoice("in_3", 2, 100)])).toContainEqual(
      grantView("in_3", 100, 100),
    );
    const other = invoice("in_3", 2, 100, { subscriptionId: "sub_2" });
    expect(decideInvoiceGrants([lost, down, other])).toContainEqual(grantView("in_3", 100));
  });

  it("of a period that ends with the change are not taken back", () => {
    const over = invoice("in_1", 1, 100, { periodEnd: 9 });
    expect(decideInvoiceGrants([over, invoice("in_2", 9, -60)])).toEqual([grantView("in_1", 100)]);
    expect(decideInvoiceGrants([over, invoice("in_2", 8, -60)])).toEqual([
      grantView("in_1", 100, 60),
    ]);
  });

  it("are taken from periods that were not over, and of the same subscription", () => {
    const over = invoice("in_1", 1, 400, { periodEnd: 5 });
    const renewal = invoice("in_2", 5, 400, { refundedMinor: 1000 });
    const twice = invoice("in_3", 6, 400, { takenMicrocredits: 400 });
    expect(decideInvoiceGrants([over, renewal, twice])).toEqual([
      grantView("in_1", 400),
      grantView("in_2", 400, 400),
      grantView("in_3", 800, 400),
    ]);
    const other = invoice("in_2", 2, 100, { subscriptionId: "sub_2" });
    expect(decideInvoiceGrants([invoice("in_1", 1, 100), other, invoice("in_3", 3, -60)])).toEqual([
      grantView("in_1", 100, 60),
      grantView("in_2", 100),
    ]);
  });

  it("are the same in any order of the invoices", () => {
    const invoices = [
      invoice("in_1", 1, 100),
      invoice("in_2", 2, 70, { refundedMinor: 300 }),
      invoice("in_3", 3, -60),
      invoice("in_4", 4, 20),
      invoice("in_5", 5, -90),
    ];
    const sorted = decideInvoiceGrants(invoices);
    const twins = ["in_a", "in_b"].map((id) => invoice(id, 1, 100));
    const taken = [grantView("in_a", 100), grantView("in_b", 100, 60)];
    for (const pair of [twins, twins.toReversed()])
      expect(decideInvoiceGrants([...pair, invoice("in_c", 2, -60)])).toEqual(taken);
    expect(decideInvoiceGrants(invoices.toReversed())).toEqual(sorted);
    expect(decideInvoiceGrants([3, 0, 4, 1, 2].flatMap((at) => invoices[at] ?? []))).toEqual(
      sorted,
    );
  });
});
