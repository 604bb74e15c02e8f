import type { CatalogData } from "../../src/catalog/catalog-data.ts";
import { localModels } from "./models/local.ts";

/**
 * Monthly subscriptions to a design studio: images and 3D models per month, counted by `POST
 * /api/payments/users/:userId/usage/track`.
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
        image: { limit: 3, period: "month" },
        model_3d: { limit: 1, period: "month" },
        message: { limit: 10, period: "day" },
      },
      models: ["small"],
      features: ["Basic support"],
      sortOrder: 0,
    },
    {
      slug: "premium",
      name: "Premium",
      names: { ar: "المميزة" },
      kind: "subscription",
      allowances: {
        image: { limit: 100, period: "month" },
        model_3d: { limit: 50, period: "month" },
        message: { limit: 100, period: "day" },
      },
      models: ["small", "medium"],
      features: ["Priority support", "High-res exports"],
      prices: [{ currency: "usd", interval: "month", amountMinor: 999 }],
      sortOrder: 10,
    },
    {
      slug: "pro",
      name: "Pro",
      names: { ar: "الاحترافية" },
      kind: "subscription",
      allowances: {
        image: { limit: 1000, period: "month" },
        model_3d: { limit: 500, period: "month" },
        message: { limit: 500, period: "day" },
      },
      models: ["small", "medium"],
      features: [
        "Priority support",
        "High-res exports",
        "API access",
        "Custom branding",
        "Team collaboration",
      ],
      requestsPerMinute: 120,
      prices: [{ currency: "usd", interval: "month", amountMinor: 2999 }],
      sortOrder: 20,
    },
    {
      slug: "enterprise",
      name: "Enterprise",
      names: { ar: "المؤسسات" },
      kind: "subscription",
      allowances: {
        image: "unlimited",
        model_3d: "unlimited",
        message: "unlimited",
      },
      features: [
        "Dedicated support",
        "High-res exports",
        "API access",
        "Custom branding",
        "Team collaboration",
        "Custom integrations",
        "SLA guarantee",
      ],
      requestsPerMinute: 300,
      prices: [{ currency: "usd", interval: "month", amountMinor: 9999 }],
      sortOrder: 30,
    },
  ],
};
