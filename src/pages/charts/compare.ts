/** The change of a value against the time before. `percent` is null where that had nothing. */
export interface Change {
  readonly direction: "up" | "down" | "same";
  readonly percent: number | null;
}

/** Compares a value with that of the time before, in whole percent of it. Pure. */
export function compare(current: number, previous: number): Change {
  const direction = current > previous ? "up" : current < previous ? "down" : "same";
  if (direction === "same") return { direction, percent: 0 };
  if (previous === 0) return { direction, percent: null };
  const percent = Math.round((Math.abs(current - previous) / Math.abs(previous)) * 100);
  return { direction, percent };
}
