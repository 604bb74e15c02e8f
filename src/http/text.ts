import { boundedText } from "./bounded.ts";

/**
 * Marks that reorder what is shown around them (U+202A…U+202E, U+2066…U+2069): a name with them
 * could pass for another.
 */
const NO_REORDERING = /^[^\u202a-\u202e\u2066-\u2069]*$/u;

/**
 * A line that people read (a name): 1 to `max` characters, no control characters, blanks around it
 * cut off.
 */
export const lineField = (max: number) =>
  boundedText(max)
    .trim()
    .min(1)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, "must not hold control characters or line breaks")
    .regex(NO_REORDERING, "must not hold characters that reorder text")
    .refine((text) => text.isWellFormed(), "must be valid Unicode");

/**
 * A text of any number of lines: at most `max` characters, with something in it. Kept as it came,
 * blanks and all.
 */
export const textField = (max: number) =>
  boundedText(max)
    .refine((text) => text.trim() !== "", "must say something")
    .refine((text) => !text.includes("\0"), "must not hold NUL characters")
    .refine((text) => text.isWellFormed(), "must be valid Unicode");
