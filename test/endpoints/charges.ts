import { expect, vi } from "vitest";
import { toMicrocredits } from "../../src/units.ts";
import { type FundedUser, readAccountTotals } from "../support/funded-user.ts";

/**
 * Expects what a user was charged in credits, to the microcredit, oldest first; that the balance is
 * what is left; and that no hold is open.
 */
export const expectCharges = (user: FundedUser, credits: number, charged: readonly number[]) =>
  vi.waitFor(async () => {
    const totals = await readAccountTotals(user);
    const spent = charged.reduce((sum, each) => sum + each, 0);
    expect({ ...totals, captures: undefined }).toEqual({
      postedMicrocredits: toMicrocredits(credits - spent),
      heldMicrocredits: 0,
      charged: charged.map(toMicrocredits).toReversed(),
      captures: undefined,
    });
  });
