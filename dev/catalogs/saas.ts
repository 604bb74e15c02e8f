import type { CatalogData } from "../../src/catalog/catalog-data.ts";
import { localModels } from "./models/local.ts";

type Plan = CatalogData["plans"][number];

/** A plan by the month or by the year, at the price of ten months, that stops at its limits. */
const pro: Plan = {
  slug: "pro",
  name: "Pro",
  names: { ar: "الاحترافية" },
  kind: "subscription",
  allowances: {
    message: { limit: 500, period: "day" },
    agent: { limit: 5, period: "at_once" },
    tool: "unlimited",
  },
  models: ["small", "medium"],
  features: ["All tools", "Priority queue"],
  requestsPerMinute: 120,
  highlighted: true,
  trialDays: 14,
  prices: [
    { currency: "usd", interval: "month", amountMinor: 1500 },
    { currency: "usd", interval: "year", amountMinor: 15_000 },
  ],
  sortOrder: 2,
};

/**
 * A plan that lets up to 1000 messages beyond its 2000 a day through, at two cents each on the next
 * invoice.
 */
const business: Plan = {
  slug: "business",
  name: "Business",
  names: { ar: "الأعمال" },
  kind: "subscription",
  allowances: {
    message: {
      limit: 2000,
      period: "day",
      overage: { eventName: "messages_beyond_plan", limit: 1000 },
    },
    agent: { limit: 25, period: "at_once" },
    tool: "unlimited",
  },
  features: ["All tools", "Priority queue", "Team features", "Analytics"],
  requestsPerMinute: 300,
  prices: [
    { currency: "usd", interval: "month", amountMinor: 4900, overageAmountMinor: "2" },
    { currency: "usd", interval: "year", amountMinor: 49_000, overageAmountMinor: "2" },
  ],
  sortOrder: 4,
};

/** Subscriptions in tiers: messages per day, agents at a time, and a bill for overage. */
export const catalog: CatalogData = {
  models: localModels,
  plans: [
    {
      slug: "free",
      name: "Free",
      names: { ar: "المجانية" },
      kind: "free",
      allowances: {
        message: { limit: 50, period: "day" },
        agent: { limit: 1, period: "at_once" },
        tool: { limit: 20, period: "day" },
      },
      models: ["small"],
      features: ["Basic chat"],
      sortOrder: 0,
    },
    pro,
    business,
    {
      slug: "enterprise",
      name: "Enterprise",
      names: { ar: "المؤسسات" },
      kind: "custom",
      allowances: {
        message: "unlimited",
        agent: "unlimited",
        tool: "unlimited",
      },
      features: [
        "All tools",
        "Priority queue",
        "Team features",
        "Analytics",
        "Custom integrations",
        "SLA",
      ],
      requestsPerMinute: 1000,
      sortOrder: 6,
    },
  ],
};
