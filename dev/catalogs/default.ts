import type { CatalogData } from "../../src/catalog/catalog-data.ts";
import { localModels } from "./models/local.ts";
import { business, pro } from "./saas.ts";

/**
 * Some of everything: a Free plan, two subscriptions (one with a trial, the other with overage),
 * three credit packs, and a tier that unlocks one conversation. A credit sells for about $0.10 in
 * the smallest pack and $0.077 in the largest.
 */
export const catalog: CatalogData = {
  models: localModels,
  plans: [
    {
      slug: "free",
      name: "Free",
      kind: "free",
      allowances: {
        message: { limit: 50, period: "day" },
        token: { limit: 250_000, period: "day" },
      },
      models: ["small", "medium"],
      requestsPerMinute: 60,
      sortOrder: 0,
    },
    pro,
    business,
    {
      slug: "starter",
      name: "Starter",
      kind: "one_time",
      credits: 100,
      prices: [
        { currency: "usd", amountMinor: 999 },
        { currency: "eur", amountMinor: 999 },
      ],
      sortOrder: 10,
    },
    {
      slug: "plus",
      name: "Plus",
      kind: "one_time",
      credits: 350,
      prices: [
        { currency: "usd", amountMinor: 2999 },
        { currency: "eur", amountMinor: 2999 },
      ],
      sortOrder: 20,
    },
    {
      slug: "max",
      name: "Max",
      kind: "one_time",
      credits: 1300,
      prices: [
        { currency: "usd", amountMinor: 9999 },
        { currency: "eur", amountMinor: 9999 },
      ],
      sortOrder: 30,
    },
    {
      slug: "conversation",
      name: "One conversation",
      kind: "one_time",
      unlocks: "conversation",
      credits: 20,
      prices: [{ currency: "usd", amountMinor: 299 }],
      sortOrder: 40,
    },
  ],
};
