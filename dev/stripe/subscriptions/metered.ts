import type { Price } from "../wire.ts";

/** Whether a price is paid afterwards, for what was used. */
export const isMetered = (price: Pick<Price, "recurring">): boolean =>
  price.recurring?.usage_type === "metered";
