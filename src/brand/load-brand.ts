import type { Context } from "../context.ts";
import { type Brand, brandOfSettings, combineBrand } from "./brand.ts";
import { loadChoices } from "./choices-cache.ts";

/** Returns the brand that customers see. It asks D1 once a minute at most. */
export const loadBrand = async ({
  db,
  config,
  nowMs,
}: Pick<Context, "db" | "config" | "nowMs">): Promise<Brand> =>
  combineBrand(brandOfSettings(config), await loadChoices(db, nowMs));
