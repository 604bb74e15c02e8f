import type { CatalogData } from "../../src/catalog/catalog-data.ts";
import { localModels } from "./models/local.ts";

/**
 * Tiers that each unlock one conversation and give an API key, with credits that both can spend.
 */
export const catalog: CatalogData = {
  models: localModels,
  plans: [
    {
      slug: "free",
      name: "Free",
      names: { ar: "المجانية" },
      kind: "free",
      allowances: { message: { limit: 10, period: "day" } },
      models: ["small"],
      sortOrder: 0,
    },
    {
      slug: "basic",
      name: "Basic conversation",
      names: { ar: "محادثة أساسية" },
      kind: "one_time",
      unlocks: "conversation",
      credits: 20,
      prices: [{ currency: "usd", amountMinor: 299 }],
      sortOrder: 10,
    },
    {
      slug: "premium",
      name: "Premium conversation",
      names: { ar: "محادثة مميزة" },
      kind: "one_time",
      unlocks: "conversation",
      credits: 100,
      prices: [{ currency: "usd", amountMinor: 999 }],
      sortOrder: 20,
    },
  ],
};
