import { z } from "zod";
import { hasAtMostSixDecimals } from "./plan-data.ts";

/** A price in credits, as a person writes it: of a million tokens, unless it says otherwise. */
export const price = z
  .number()
  .min(0)
  .max(1_000_000)
  .refine(hasAtMostSixDecimals, "has more than six decimals");
