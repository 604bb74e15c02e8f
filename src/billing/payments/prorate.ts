/**
 * Returns the share of a value that belongs to a part of a whole, in whole units, rounded down. A
 * part as large as the whole has all of the value. Exact at any size: a product of credits and
 * money would not fit into a number.
 */
export function prorate(value: number, { part, whole }: { part: number; whole: number }): number {
  if (part <= 0 || whole <= 0) return 0;
  if (part >= whole) return value;
  return Number((BigInt(value) * BigInt(part)) / BigInt(whole));
}
