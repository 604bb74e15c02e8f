import { SECOND_MS } from "../../time.ts";

/** Converts seconds as Stripe sends them into milliseconds. */
export const secondsToMs = (seconds: number): number => seconds * SECOND_MS;

/** The same for a time that may be missing. */
export const secondsToMsOrNull = (seconds: number | null): number | null =>
  seconds === null ? null : secondsToMs(seconds);

/** Returns the id of an object that Stripe sends either expanded or as its id alone. */
export const idOf = (expandable: string | { readonly id: string }): string =>
  typeof expandable === "string" ? expandable : expandable.id;

/** The same for an object that may be missing. */
export const idOrNull = (
  expandable: string | { readonly id: string } | null | undefined,
): string | null => (expandable == null ? null : idOf(expandable));
