import type { Price } from "../wire.ts";

/** Returns whether a price is billed afterwards, by usage. */
export const isMetered = (price: Pick<Price, "recurring">): boolean =>
  price.recurring?.usage_type === "metered";
