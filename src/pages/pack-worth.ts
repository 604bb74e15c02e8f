interface Pack {
  readonly credits: number;
  readonly prices: readonly { readonly currency: string; readonly amountMinor: number }[];
}

/**
 * Estimates what credits are worth: what they would cost in the packs that are sold, at the lowest
 * price of a credit and in the first pack's first currency. Rounded down. Pure.
 * @returns null where no pack is sold, or there are no credits
 */
export function estimateWorth(
  credits: number,
  packs: readonly Pack[],
): { readonly currency: string; readonly amountMinor: number } | null {
  const currency = packs[0]?.prices[0]?.currency;
  if (currency === undefined || credits <= 0) return null;
  const rates = packs.flatMap((pack) =>
    pack.prices
      .filter((price) => price.currency === currency && pack.credits > 0)
      .map((price) => price.amountMinor / pack.credits),
  );
  if (rates.length === 0) return null;
  return { currency, amountMinor: Math.floor(credits * Math.min(...rates) + 1e-6) };
}
