import type { CatalogData } from "../../src/catalog/catalog-data.ts";
import { localModels } from "./models/local.ts";

/**
 * Levels paid once, in Egyptian pounds: they raise the number of characters that a user may create,
 * and of messages to them.
 */
export const catalog: CatalogData = {
  models: localModels,
  plans: [
    {
      slug: "free",
      name: "Free",
      names: { ar: "المجانية" },
      kind: "free",
      allowances: {
        character: { limit: 2, period: "month" },
        message: { limit: 20, period: "day" },
      },
      models: ["small"],
      sortOrder: 0,
    },
    {
      slug: "level1",
      name: "Level1",
      names: { ar: "المستوى الأول" },
      kind: "one_time",
      allowances: { character: "unlimited", message: { limit: 500, period: "day" } },
      models: ["small", "medium"],
      features: ["Some premium features"],
      prices: [{ currency: "egp", amountMinor: 100_000 }],
      sortOrder: 10,
    },
    {
      slug: "level2",
      name: "Level2",
      names: { ar: "المستوى الثاني" },
      kind: "one_time",
      allowances: { character: "unlimited", message: { limit: 500, period: "day" } },
      models: ["small", "medium"],
      features: ["Some premium features", "All premium features"],
      requestsPerMinute: 120,
      prices: [{ currency: "egp", amountMinor: 150_000 }],
      sortOrder: 20,
    },
    {
      slug: "premium",
      name: "Premium",
      names: { ar: "المميزة" },
      kind: "one_time",
      allowances: { character: "unlimited", message: "unlimited" },
      features: ["Some premium features", "All premium features"],
      requestsPerMinute: 300,
      prices: [{ currency: "egp", amountMinor: 300_000 }],
      sortOrder: 30,
    },
  ],
};
