import type { CatalogData } from "../../src/catalog/catalog-data.ts";
import { localModels } from "./models/local.ts";

/**
 * The allowance of every plan. It makes a credit plan the user's effective plan once it is bought;
 * with credits alone it would be a pack.
 */
const TASTE = { message: { limit: 10, period: "day" } } as const;

/** Plans paid once: each gives credits that never expire, and sets how fast they can be spent. */
export const catalog: CatalogData = {
  models: localModels,
  plans: [
    {
      slug: "free",
      name: "Free",
      names: { ar: "المجانية" },
      kind: "free",
      allowances: TASTE,
      models: ["small"],
      requestsPerMinute: 20,
      sortOrder: 0,
    },
    {
      slug: "starter",
      name: "Starter",
      names: { ar: "البداية" },
      kind: "one_time",
      credits: 100,
      allowances: TASTE,
      models: ["small"],
      requestsPerMinute: 60,
      prices: [{ currency: "usd", amountMinor: 999 }],
      sortOrder: 10,
    },
    {
      slug: "plus",
      name: "Plus",
      names: { ar: "بلس" },
      kind: "one_time",
      credits: 350,
      allowances: TASTE,
      models: ["small"],
      requestsPerMinute: 120,
      prices: [{ currency: "usd", amountMinor: 2999 }],
      sortOrder: 20,
    },
    {
      slug: "max",
      name: "Max",
      names: { ar: "ماكس" },
      kind: "one_time",
      credits: 1300,
      allowances: TASTE,
      models: ["small"],
      requestsPerMinute: 300,
      prices: [{ currency: "usd", amountMinor: 9999 }],
      sortOrder: 30,
    },
  ],
};
