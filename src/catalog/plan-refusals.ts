import type { Database } from "../db.ts";
import { type Failure, fail, ok, type Result } from "../errors.ts";
import { inList } from "../in-list.ts";
import type { PlanProblem } from "./plan-rules.ts";
import { models } from "./tables.ts";
import { violatedUniqueColumn } from "./unique-violation.ts";

/** Refuses a plan by the field that is wrong. */
export const invalidField = ({ path, message }: PlanProblem) => {
  const param = path.join(".");
  return fail("invalid_request", `${param}: ${message}`, { param });
};

export const planNotFound = (idOrSlug: string) =>
  fail("not_found", `There is no plan ${idOrSlug}.`);

async function findUnknownModel(
  db: Database,
  modelIds: readonly string[],
): Promise<string | undefined> {
  const found = await db.select({ id: models.id }).from(models).where(inList(models.id, modelIds));
  const known = new Set(found.map((model) => model.id));
  return modelIds.find((id) => !known.has(id));
}

/** Checks that the catalog has every model that a plan names. */
export async function requireKnownModels(
  db: Database,
  modelIds: readonly string[] | null | undefined,
): Promise<Result<undefined>> {
  const unknown =
    modelIds === null || modelIds === undefined ? undefined : await findUnknownModel(db, modelIds);
  return unknown === undefined
    ? ok(undefined)
    : invalidField({ path: ["models"], message: `there is no model "${unknown}"` });
}

/** The conflicts with another plan or price, by the unique column that they violate. */
const CONFLICTS: Readonly<Record<string, Failure>> = {
  "plans.slug": { code: "conflict", message: "Another plan has this slug.", param: "slug" },
  "plans.stripe_product_id": {
    code: "conflict",
    message: "Another plan is linked to this Stripe product.",
    param: "stripeProductId",
  },
  "prices.metered_stripe_price_id": {
    code: "conflict",
    message: "Another price is linked to this metered Stripe price.",
    param: "meteredStripePriceId",
  },
  "prices.stripe_price_id": {
    code: "conflict",
    message: "Another price is linked to this Stripe price.",
    param: "stripePriceId",
  },
};

/**
 * Turns the error of a failed write into the conflict that it is.
 * @throws any other error, as it is
 */
export function toConflict(error: unknown): { readonly ok: false; readonly failure: Failure } {
  const failure = CONFLICTS[violatedUniqueColumn(error) ?? ""];
  if (failure === undefined) throw error;
  return { ok: false, failure };
}
