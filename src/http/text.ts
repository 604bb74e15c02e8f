import { boundedFreeText, boundedText } from "./bounded.ts";

/** A line that people read (a name): 1 to `max` characters, blanks around it cut off. */
export const lineField = (max: number) =>
  boundedText(max)
    .trim()
    .min(1)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, "must not contain control characters or line breaks")
    .refine((text) => text.isWellFormed(), "must be valid Unicode");

const withContent = (text: ReturnType<typeof boundedText>) =>
  text
    .refine((value) => value.trim() !== "", "must not be blank")
    .refine((value) => !value.includes("\0"), "must not contain NUL characters")
    .refine((value) => value.isWellFormed(), "must be valid Unicode");

/**
 * A text of any number of lines that other people read: at most `max` characters, with something in
 * it. Kept as it came, blanks and all.
 */
export const linesField = (max: number) => withContent(boundedText(max));

/** The same for a text that a model reads, which may hold any characters but NUL. */
export const textField = (max: number) => withContent(boundedFreeText(max));
