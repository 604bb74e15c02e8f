import { z } from "zod";
import { boundedList } from "../http/bounded.ts";
import { findUnnamedMeter } from "./allowance-words.ts";
import { givesPlan } from "./entitlement.ts";
import { modelData } from "./model-data.ts";
import { planData } from "./plan-data.ts";

const findDuplicate = (values: readonly string[]): string | undefined =>
  values.find((value, at) => values.indexOf(value) !== at);

/** A whole catalog: the plans in the order of their list, and the models that plans may name. */
export const catalogData = z
  .strictObject({ plans: boundedList(planData, 100), models: boundedList(modelData, 1000) })
  .superRefine((catalog, context) => {
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    const slug = findDuplicate(catalog.plans.map((plan) => plan.slug));
    if (slug !== undefined) refuse(["plans"], `two plans have the slug "${slug}"`);
    const id = findDuplicate(catalog.models.map((model) => model.id));
    if (id !== undefined) refuse(["models"], `two models have the id "${id}"`);
    const names = catalog.models.flatMap((model) => [model.id, ...model.aliases]);
    const name = findDuplicate(names);
    if (id === undefined && name !== undefined)
      refuse(["models"], `"${name}" is the id or an alias of two models`);
    const known = new Set(catalog.models.map((model) => model.id));
    for (const [at, plan] of catalog.plans.entries()) {
      const unknown = plan.models?.find((model) => !known.has(model));
      if (unknown !== undefined)
        refuse(["plans", at, "models"], `this catalog doesn't have a model "${unknown}"`);
      if (!givesPlan(plan)) continue;
      const others = catalog.plans.filter((other) => other !== plan && givesPlan(other));
      const meter = findUnnamedMeter(
        plan.allowances,
        others.map(({ allowances }) => allowances),
      );
      if (meter !== undefined)
        refuse(
          ["plans", at, "allowances", meter],
          'another plan limits it, so this one has to say "none", "unlimited" or a limit',
        );
    }
  });

/** The content of a catalog file, without the fields that have a default. */
export type CatalogData = z.input<typeof catalogData>;
/** A catalog that was checked, with every field. */
export type CheckedCatalog = z.output<typeof catalogData>;
