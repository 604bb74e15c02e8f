import { z } from "zod";

/** A line that people read (a name): 1 to `max` characters, no control characters, blanks around it cut off. */
export const lineField = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u, "must not hold control characters")
    .refine((text) => text.isWellFormed(), "must be valid Unicode");
