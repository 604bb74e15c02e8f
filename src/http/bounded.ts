import { z } from "zod";

/** Ends a check, so that nothing is done with what is too long. */
const orElse = (message: string | undefined) =>
  message === undefined ? { abort: true } : { abort: true, message };

/**
 * A text of at most `max` characters: the base of every text that the wire takes. A longer one is
 * refused before anything else is done with it. Trimming, normalizing or matching a text of any
 * length would let its sender choose how long an isolate works.
 *
 * This one may hold anything: what a model reads (messages, prompts), and passwords.
 * @param message what is said about a longer one, where zod's own words do not tell enough
 */
export const boundedFreeText = (max: number, message?: string) =>
  z.string().max(max, orElse(message));

/**
 * Control characters but tabs and line breaks, and the marks that reorder what is shown around them
 * (U+202A…U+202E, U+2066…U+2069): a text with them could pass for another.
 */
const DECEPTIVE = /(?![\t\n\r])\p{Cc}|[\u202A-\u202E\u2066-\u2069]/u;

/**
 * A bounded text that shows what it says: without control characters, and without marks that
 * reorder it.
 */
export const boundedText = (max: number, message?: string) =>
  boundedFreeText(max, message).refine((text) => !DECEPTIVE.test(text), {
    abort: true,
    message: "must not contain control characters or characters that reorder text",
  });

/** A list of at most `max` items. A longer one is refused before it is compared or sorted. */
export const boundedList = <T extends z.ZodType>(item: T, max: number) =>
  z.array(item).max(max, orElse(undefined));
