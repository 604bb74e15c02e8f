import type { CatalogData } from "../../src/catalog/catalog-data.ts";

/**
 * A Free plan, three credit packs and three models.
 *
 * A credit sells for about $0.10 in the smallest pack and $0.077 in the largest; prices of models are in credits per million
 * tokens. So `small` earns about $0.05 for a million tokens read and $0.15 for a million written. Before selling for real, name
 * your own upstreams (keys of the setting UPSTREAMS) and their models, and price them above what they cost you.
 */
export const catalog: CatalogData = {
  models: [
    {
      id: "small",
      upstream: "local",
      upstreamModel: "small",
      inputPrice: 0.5,
      cachedInputPrice: 0.125,
      outputPrice: 1.5,
      contextLength: 128_000,
      maxOutputTokens: 16_384,
    },
    {
      id: "medium",
      upstream: "local",
      upstreamModel: "medium",
      inputPrice: 4,
      cachedInputPrice: 1,
      outputPrice: 16,
      contextLength: 128_000,
      maxOutputTokens: 16_384,
    },
    {
      id: "large",
      upstream: "local",
      upstreamModel: "large",
      inputPrice: 30,
      cachedInputPrice: 3,
      outputPrice: 150,
      contextLength: 200_000,
      maxOutputTokens: 32_000,
    },
  ],
  plans: [
    {
      slug: "free",
      name: "Free",
      kind: "free",
      allowances: { message: { limit: 50, period: "day" } },
      models: ["small", "medium"],
      requestsPerMinute: 60,
      sortOrder: 0,
    },
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
  ],
};
