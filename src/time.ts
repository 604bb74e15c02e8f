export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Milliseconds since 1970 → the ISO 8601 time that the wire shows. */
export const toIso = (ms: number): string => new Date(ms).toISOString();

/** The same for a time that may be missing. */
export const toIsoOrNull = (ms: number | null): string | null => (ms === null ? null : toIso(ms));

/** Milliseconds since 1970 → the UTC day: 2026-11-29. */
export const toUtcDay = (ms: number): string => toIso(ms).slice(0, 10);

/** The intervals at which a price can be billed. */
export const INTERVALS = ["day", "week", "month", "year"] as const;
export type Interval = (typeof INTERVALS)[number];
