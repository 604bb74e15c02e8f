import { z } from "zod";

/** Ends a check, so that nothing is done with what is too long. */
const orElse = (message: string | undefined) =>
  message === undefined ? { abort: true } : { abort: true, message };

/**
 * A text of at most `max` characters: the base of every text that the wire takes. A longer one is
 * refused before anything else is done with it. Trimming, normalizing or matching a text of any
 * length would let its sender choose how long an isolate works.
 * @param message what is said about a longer one, where zod's own words do not tell enough
 */
export const boundedText = (max: number, message?: string) => z.string().max(max, orElse(message));

/** A list of at most `max` items. A longer one is refused before it is compared or sorted. */
export const boundedList = <T extends z.ZodType>(item: T, max: number) =>
  z.array(item).max(max, orElse(undefined));
