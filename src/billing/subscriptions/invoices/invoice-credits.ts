/**
 * A line of an invoice. Amounts in minor units, before discounts and added taxes; below 0 for time
 * that is given back. Times in ms.
 */
export interface InvoiceLine {
  readonly stripePriceId: string | null;
  readonly amountMinor: number;
  readonly periodStart: number;
  readonly periodEnd: number;
}

/** A price, and the credits that a payment of it gives. */
export interface PricedCredits {
  readonly planId: string;
  readonly title: string;
  readonly amountMinor: number;
  readonly creditsMicrocredits: number;
}

/** The microcredits that a payment of a price gave, by Stripe's id of the price. */
export type CreditRates = Readonly<Record<string, number>>;

/** The credits of an invoice, once it is paid. */
export interface InvoiceCredits {
  /** The sum of all lines. Below 0 where a cheaper plan replaced a dearer one. */
  readonly microcredits: number;
  /** The part of the sum that lines for time given back take, as a number of 0 or more. */
  readonly taken: number;
  /** The credits for a payment of each price that it pays for. */
  readonly rates: CreditRates;
  /** The plan that most of its money is for; null when it pays for none. */
  readonly main: PricedCredits | null;
  readonly periodStart: number;
  readonly periodEnd: number;
}

/** Returns value × part ÷ whole, rounded down, exactly: the product may not fit into a number. */
function mulDivFloor(value: number, part: number, whole: number): number {
  const product = BigInt(value) * BigInt(part);
  const quotient = product / BigInt(whole);
  return Number(product % BigInt(whole) < 0n ? quotient - 1n : quotient);
}

/**
 * Returns the credits of an invoice's lines: credits follow the money. A line that pays a plan's
 * price in full gives its credits in full, one that pays for half a period gives half of them, and
 * one that gives back the rest of a period takes as much back. Each line is rounded down, so going
 * up and down between plans leaves no more than was paid for. Lines that sell no plan (usage past
 * an allowance, lines that the operator added by hand) give nothing.
 * @param priced the credits that each of Stripe's prices gives today
 * @param earlierRates the credits that payments of them gave when the time was paid for that is
 *   given back now: the catalog may have changed since
 */
export function toInvoiceCredits(
  lines: readonly InvoiceLine[],
  priced: ReadonlyMap<string, PricedCredits>,
  earlierRates: CreditRates = {},
): InvoiceCredits {
  let [microcredits, taken] = [0, 0];
  const rates: Record<string, number> = {};
  let main: { readonly plan: PricedCredits; readonly line: InvoiceLine } | null = null;
  const paidLines: InvoiceLine[] = [];
  for (const line of lines) {
    const { stripePriceId } = line;
    const plan = stripePriceId === null ? undefined : priced.get(stripePriceId);
    if (stripePriceId === null || plan === undefined) continue;
    const currentCredits = plan.creditsMicrocredits;
    const worth = mulDivFloor(
      line.amountMinor < 0 ? (earlierRates[stripePriceId] ?? currentCredits) : currentCredits,
      line.amountMinor,
      plan.amountMinor,
    );
    microcredits += worth;
    taken += Math.max(0, -worth);
    if (line.amountMinor >= 0) paidLines.push(line);
    if (line.amountMinor > 0) rates[stripePriceId] = currentCredits;
    if (main === null || line.amountMinor > main.line.amountMinor) main = { plan, line };
  }
  if (main === null)
    return { microcredits: 0, taken: 0, rates, main: null, periodStart: 0, periodEnd: 0 };
  // The period of the credits leaves out time that is given back: a year that becomes a month gives
  // credits for a month.
  const periodLines = paidLines.length === 0 ? [main.line] : paidLines;
  const periodStart = Math.min(...periodLines.map((line) => line.periodStart));
  const periodEnd = Math.max(...periodLines.map((line) => line.periodEnd));
  return { microcredits, taken, rates, main: main.plan, periodStart, periodEnd };
}
