import type { CatalogData } from "../../src/catalog/catalog-data.ts";
import { localModels } from "./models/local.ts";

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
      names: { ar: "المجانية" },
      kind: "free",
      allowances: {
        message: { limit: 50, period: "day" },
        token: { limit: 250_000, period: "day" },
        agent: { limit: 1, period: "at_once" },
      },
      models: ["small", "medium"],
      requestsPerMinute: 60,
      sortOrder: 0,
    },
    {
      slug: "pro",
      name: "Pro",
      names: { ar: "الاحترافية" },
      kind: "subscription",
      allowances: {
        message: { limit: 500, period: "day" },
        token: "unlimited",
        agent: { limit: 5, period: "at_once" },
      },
      models: ["small", "medium"],
      requestsPerMinute: 120,
      highlighted: true,
      trialDays: 14,
      prices: [
        { currency: "usd", interval: "month", amountMinor: 1500 },
        { currency: "usd", interval: "year", amountMinor: 15_000 },
      ],
      sortOrder: 2,
    },
    {
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
        token: "unlimited",
        agent: { limit: 25, period: "at_once" },
      },
      requestsPerMinute: 300,
      prices: [
        { currency: "usd", interval: "month", amountMinor: 4900, overageAmountMinor: "2" },
        { currency: "usd", interval: "year", amountMinor: 49_000, overageAmountMinor: "2" },
      ],
      sortOrder: 4,
    },
    {
      slug: "starter",
      name: "Starter",
      names: { ar: "البداية" },
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
      names: { ar: "بلس" },
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
      names: { ar: "ماكس" },
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
      names: { ar: "محادثة واحدة" },
      kind: "one_time",
      unlocks: "conversation",
      credits: 20,
      prices: [{ currency: "usd", amountMinor: 299 }],
      sortOrder: 40,
    },
  ],
};
