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

describe("what an invoice comes to in credits", () => {
  it("is a plan's credits where its price is paid in full, times the quantity", () => {
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

  it("is the difference where one plan replaces another within a period, down as well as up", () => {
    const up = toInvoiceCredits([line("price_pro", -750), line("price_max", 2450)], PRICED);
    expect(up).toMatchObject({ microcredits: 150 * CREDIT, taken: 50 * CREDIT, main: MAX });
    expect(
      toInvoiceCredits([line("price_max", -2450), line("price_pro", 750)], PRICED).microcredits,
    ).toBe(-150 * CREDIT);
  });

  it("takes for time that is given back what that time gave, and gives for time that is bought what it gives today", () => {
    const lines = [line("price_pro", -750), line("price_max", 2450)];
    const up = toInvoiceCredits(lines, PRICED, { price_pro: 60 * CREDIT, price_max: 9 * CREDIT });
    expect(up).toMatchObject({
      microcredits: 170 * CREDIT,
      taken: 30 * CREDIT,
      rates: { price_max: 400 * CREDIT },
    });
    expect(up.rates).not.toHaveProperty("price_pro");
  });

  it("is nothing for a trial, for usage past an allowance, and for what the operator added by hand", () => {
    expect(toInvoiceCredits([line("price_pro", 0)], PRICED)).toMatchObject({
      microcredits: 0,
      main: PRO,
    });
    expect(toInvoiceCredits([line("price_metered", 800), line(null, 5000)], PRICED)).toMatchObject({
      microcredits: 0,
      main: null,
    });
  });

  it("is rounded down line by line, in whole microcredits, however large the plan", () => {
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

  it("lasts until the last of its periods ends", () => {
    const proration = line("price_max", 100, { periodStart: 1500, periodEnd: 2000 });
    const renewal = line("price_max", 4900, { periodStart: 2000, periodEnd: 3000 });
    expect(toInvoiceCredits([proration, renewal], PRICED)).toMatchObject({
      periodStart: 1500,
      periodEnd: 3000,
    });
    // Time that is given back is none of them.
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

describe("what the invoices of a subscription give", () => {
  it("is nothing before they are paid", () => {
    for (const status of ["draft", "open", "uncollectible", "void"])
      expect(
        decideInvoiceGrants([
          invoice("in_1", 1, 100, { status }),
          invoice("in_2", 2, -50, { status }),
        ]),
        status,
      ).toEqual([]);
  });

  it("is taken back by a later change to a cheaper plan, newest first, and never twice", () => {
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

  it("is taken from what was given before, also within the same second, and never from what comes after", () => {
    expect(decideInvoiceGrants([invoice("in_b", 7, 30), invoice("in_a", 7, -30)])).toEqual([
      grantView("in_b", 30, 30),
    ]);
    expect(decideInvoiceGrants([invoice("in_1", 1, -30), invoice("in_2", 2, 30)])).toEqual([
      grantView("in_2", 30),
    ]);
  });

  it("goes back in proportion to what was refunded of its own invoice, and is frozen while its own dispute is open", () => {
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

  it("is given for its own period where another began: what is left of the old one goes, as far as it is there", () => {
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

  it("does not go back twice where a refunded period is also changed to a cheaper plan", () => {
    const refunded = invoice("in_1", 1, 100, { refundedMinor: 1000 });
    expect(decideInvoiceGrants([refunded, invoice("in_2", 2, -50)])).toEqual([
      grantView("in_1", 100, 100),
    ]);
  });

  it("I6: is taken from later ones where it was for money that went back, which left a balance that nobody paid for", () => {
    const lost = invoice("in_1", 1, 400, { refundedMinor: 1000 });
    const down = invoice("in_2", 2, -300, { takenMicrocredits: 400 });
    const months = [3, 4, 5, 6].map((at) => invoice(`in_${at}`, at, 100));
    expect(
      decideInvoiceGrants([lost, down, ...months]).map(
        (grant) => grant.amountMicrocredits - grant.voidedMicrocredits,
      ),
    ).toEqual([0, 0, 0, 0, 0, 100]);
    // Of half of it half.
    const half = invoice("in_1", 1, 400, { refundedMinor: 500 });
    expect(
      decideInvoiceGrants([half, down, ...months]).map(
        (grant) => grant.amountMicrocredits - grant.voidedMicrocredits,
      ),
    ).toEqual([0, 0, 0, 100, 100, 100]);
  });

  it("I6: such a balance is not washed clean by going up and down with it", () => {
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
    // What is paid for again is there.
    expect(
      left([lost, ...changes, ...[7, 8, 9, 10].map((at) => invoice(`in_${at}`, at, 100))]),
    ).toBe(100);
  });

  it("I6: such a balance is followed to another subscription in its currency, and to none in another", () => {
    const lost = invoice("in_1", 1, 400, { refundedMinor: 1000 });
    const down = invoice("in_2", 2, -300, { takenMicrocredits: 400 });
    const anew = (currency: string) =>
      invoice("in_3", 3, 200, { subscriptionId: "sub_2", currency });
    expect(decideInvoiceGrants([lost, down, anew("usd")])).toContainEqual(
      grantView("in_3", 200, 200),
    );
    expect(decideInvoiceGrants([lost, down, anew("eur")])).toContainEqual(
      grantView("in_3", 200, 0),
    );
  });

  it("is taken of time that was not over, and of the subscription whose time it was", () => {
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

  it("is the same in whatever order they are heard of", () => {
    const invoices = [
      invoice("in_1", 1, 100),
      invoice("in_2", 2, 70, { refundedMinor: 300 }),
      invoice("in_3", 3, -60),
      invoice("in_4", 4, 20),
      invoice("in_5", 5, -90),
    ];
    const sorted = decideInvoiceGrants(invoices);
    expect(decideInvoiceGrants(invoices.toReversed())).toEqual(sorted);
    expect(decideInvoiceGrants([3, 0, 4, 1, 2].flatMap((at) => invoices[at] ?? []))).toEqual(
      sorted,
    );
  });
});
