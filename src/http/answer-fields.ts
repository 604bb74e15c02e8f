import { z } from "zod";
import { ALLOWANCE_PERIODS } from "../meters.ts";

/**
 * An object as the wire shows it, with exactly these fields.
 * @param id its name in the document
 */
export const named = <Shape extends z.ZodRawShape>(id: string, shape: Shape) =>
  z.strictObject(shape).meta({ id });

/** A page of a list. */
export const list = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    object: z.literal("list"),
    data: z.array(item),
    hasMore: z.boolean(),
    nextCursor: z.string().nullable().describe("Send it as `cursor` to get the next page."),
  });

export const time = z.iso.datetime();
export const day = z.iso.date();
/** Credits are decimal numbers. */
export const credits = z.number();
/** Money is a whole number of the currency's minor unit. */
export const minor = z.int();
export const currency = z.string().describe("ISO 4217, in lowercase.");
export const count = z.int().min(0);
/** As a person reads it: "9.99". */
export const amount = z.string();

/** The use of an allowance in its current period. */
export const meterShape = {
  used: count,
  limit: count.nullable(),
  period: z.enum(ALLOWANCE_PERIODS),
  resetsAt: time.nullable(),
};
