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

/** What a price sells: a plan's credits for so much money. */
export interface PricedCredits {
  readonly planId: string;
  readonly title: string;
  readonly amountMinor: number;
  readonly creditsMicrocredits: number;
}

/** What a payment of a price gave, in microcredits, by Stripe's id of the price. */
export type CreditRates = Readonly<Record<string, number>>;

/** What an invoice comes to, once it is paid. */
export interface InvoiceCredits {
  /** All in all. Below 0 where a cheaper plan replaced a dearer one. */
  readonly microcredits: number;
  /** What its lines for time that is given back come to, as a number above 0: it is in the sum. */
  readonly taken: number;
  /** What a payment of each price that it pays for gives. */
  readonly rates: CreditRates;
  /** The plan that most of its money is for; null when it is for none. */
  readonly main: PricedCredits | null;
  readonly periodStart: number;
  readonly periodEnd: number;
}

/** value × part ÷ whole, rounded down, exactly: the product would not fit into a number. */
function mulDivFloor(value: number, part: number, whole: number): number {
  const product = BigInt(value) * BigInt(part);
  const quotient = product / BigInt(whole);
  return Number(product % BigInt(whole) < 0n ? quotient - 1n : quotient);
}

/**
 * What an invoice's lines come to in credits: they follow the money. A line that pays a plan's
 * price in full gives its credits in full, one that pays for half a period half of them, one that
 * gives back the rest of a period takes as much back. So going up and down between plans leaves
 * what was paid for and no more: each line is rounded down. Lines for what is no plan (usage past
 * an allowance, what the operator added by hand) give nothing.
 * @param priced what each of Stripe's prices sells today
 * @param gave what payments of them gave when the time was paid for that is given back now: the
 *   catalog may have changed since
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
  // Time that is given back is no time that anything is given for: a year that becomes a month
  // gives a month's.
  const periodLines = paidLines.length === 0 ? [main.line] : paidLines;
  const periodStart = Math.min(...periodLines.map((line) => line.periodStart));
  const periodEnd = Math.max(...periodLines.map((line) => line.periodEnd));
  return { microcredits, taken, rates, main: main.plan, periodStart, periodEnd };
}
