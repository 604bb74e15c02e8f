import { z } from "zod";
import { named } from "../../http/answer-fields.ts";

const catalogChangeView = z.strictObject({
  slug: z.string(),
  object: z.enum(["product", "price", "meter"]),
  stripeId: z.string(),
  change: z.enum(["created", "updated", "archived"]),
});
/** A product, price or meter that was created or changed at Stripe. */
export type CatalogChange = z.infer<typeof catalogChangeView>;

/** The outcome of a push. */
export const pushResultView = named("PushedCatalog", {
  changes: z.array(catalogChangeView),
  problems: z.array(z.strictObject({ slug: z.string(), message: z.string() })),
});
/**
 * The changes that a push made at Stripe, and the plans that it could not push, with the reasons.
 * Both are empty where Stripe has the catalog already.
 */
export type PushResult = z.infer<typeof pushResultView>;
