import { z } from "zod";
import { findAmountProblem } from "../catalog/index.ts";
import { pageQuery } from "../http/page.ts";
import { lineField, textField } from "../http/text.ts";
import { VISIBILITIES } from "./tables.ts";

const CURRENCIES: ReadonlySet<string> = new Set(
  Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()),
);

const currency = z
  .string()
  .max(3)
  .toLowerCase()
  .refine((code) => CURRENCIES.has(code), "is not an ISO 4217 currency");

const isUnique = (values: readonly string[]): boolean => new Set(values).size === values.length;

/** What each field of an agent may be. */
const agentFields = {
  name: lineField(100),
  /** Several lines at most as long as a page of a catalogue; empty is none. */
  description: z.union([z.literal(""), textField(2000)]),
  avatarUrl: z
    .url({ protocol: /^https$/ })
    .max(2000)
    .nullable(),
  systemPrompt: textField(50_000),
  model: z.string().min(1).max(200),
  greeting: textField(5000).nullable(),
  tools: z.array(lineField(100)).max(100).refine(isUnique, "names a tool twice"),
  visibility: z.enum(VISIBILITIES),
  /** At most eight digits, as Stripe has it. */
  priceMinor: z.int().min(1).max(99_999_999).nullable(),
  currency: currency.nullable(),
};

/** A new agent: what is left out is empty, and private. */
export const createAgentParams = z.strictObject({
  ...agentFields,
  description: agentFields.description.default(""),
  avatarUrl: agentFields.avatarUrl.default(null),
  greeting: agentFields.greeting.default(null),
  tools: agentFields.tools.default([]),
  visibility: agentFields.visibility.default("private"),
  priceMinor: agentFields.priceMinor.default(null),
  currency: agentFields.currency.default(null),
});
export type CreateAgentParams = z.output<typeof createAgentParams>;

/** Changes: what is left out stays as it is. */
export const updateAgentParams = z.strictObject(agentFields).partial();
export type UpdateAgentParams = z.output<typeof updateAgentParams>;

const MARKETPLACE_SORTS = ["newest", "popular", "price"] as const;
export type MarketplaceSort = (typeof MARKETPLACE_SORTS)[number];

export const marketplaceQuery = pageQuery.extend({
  q: z.string().trim().max(200).default(""),
  sort: z.enum(MARKETPLACE_SORTS).default("newest"),
});

export const purchaseAgentParams = z.strictObject({
  promotionCode: lineField(100).optional(),
  successUrl: z.string().max(2000).optional(),
  cancelUrl: z.string().max(2000).optional(),
});

/**
 * What no field can tell alone: a price names its currency, and fits it.
 * @returns the first thing that is wrong, if any
 */
export function findPriceProblem({
  priceMinor,
  currency: code,
}: Pick<CreateAgentParams, "priceMinor" | "currency">): {
  readonly param: string;
  readonly message: string;
} | null {
  if (priceMinor !== null && code === null)
    return { param: "currency", message: "say in which currency the price is" };
  if (priceMinor === null && code !== null)
    return { param: "priceMinor", message: "say how much, or leave the currency out" };
  const problem =
    priceMinor === null || code === null ? undefined : findAmountProblem(priceMinor, code);
  return problem === undefined ? null : { param: "priceMinor", message: problem };
}
