import type { CatalogData } from "../../../src/catalog/catalog-data.ts";

/**
 * Three models, with prices in credits per million tokens. At $0.10 a credit, `small` earns about
 * $0.05 per million input tokens and $0.15 per million output tokens. Before selling for real, name
 * your own upstreams (keys of the setting UPSTREAMS) and their models, and set prices above your
 * cost.
 */
export const localModels: CatalogData["models"] = [
  {
    id: "small",
    upstream: "local",
    upstreamModel: "small",
    descriptions: {
      en: "Quick and cheap, for everyday questions.",
      ar: "سريع ومنخفض التكلفة، للأسئلة اليومية.",
    },
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
    descriptions: {
      en: "Balanced, for longer texts and code.",
      ar: "متوازن، للنصوص الأطول والبرمجة.",
    },
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
    descriptions: {
      en: "The strongest, for hard problems.",
      ar: "الأقوى، للمسائل الصعبة.",
    },
    inputPrice: 30,
    cachedInputPrice: 3,
    cacheWritePrice: 37.5,
    outputPrice: 150,
    contextLength: 200_000,
    maxOutputTokens: 32_000,
  },
];
