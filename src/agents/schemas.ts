import { z } from "zod";
import { findAmountProblem } from "../catalog/index.ts";
import { boundedList, boundedText } from "../http/bounded.ts";
import { checkoutLocaleField, currencyField } from "../http/fields.ts";
import { idCursor, NOT_A_NEXT_CURSOR, pageQuery } from "../http/page.ts";
import { lineField, linesField, textField } from "../http/text.ts";
import { VISIBILITIES } from "./tables.ts";

const isUnique = (values: readonly string[]): boolean => new Set(values).size === values.length;

/** The fields of an agent. */
const agentFields = {
  name: lineField(100),
  /** Several lines, at most a page of a catalogue; empty is none. */
  description: z.union([z.literal(""), linesField(2000)]),
  avatarUrl: boundedText(2000)
    .check(z.url({ protocol: /^https$/ }))
    .refine((url) => !/^https:\/\/[^/?#]*@/i.test(url), "must not contain a user name or password")
    .nullable(),
  systemPrompt: textField(50_000),
  model: boundedText(200).min(1),
  greeting: linesField(5000).nullable(),
  tools: boundedList(lineField(100), 100).refine(isUnique, "names a tool twice"),
  visibility: z.enum(VISIBILITIES),
  /** At most eight digits, as Stripe has it. */
  priceMinor: z.int().min(1).max(99_999_999).nullable(),
  currency: currencyField.nullable(),
};

/** A new agent. Fields that are left out are empty, and the agent is private. */
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

/** Changes of an agent. Fields that are left out stay as they are. */
export const updateAgentParams = z.strictObject(agentFields).partial();
export type UpdateAgentParams = z.output<typeof updateAgentParams>;

const MARKETPLACE_SORTS = ["newest", "popular", "price"] as const;
/** The place of an agent in the marketplace, by the key that it is sorted by. */
export interface MarketplacePosition {
  readonly key: number;
  readonly id: string;
}

export type MarketplaceSort = (typeof MARKETPLACE_SORTS)[number];

/** A cursor of the marketplace: `<sort key>.<agent id>`. */
const marketplaceCursor = boundedText(200)
  .regex(/^\d{1,15}\.agt_[0-9a-f]{32}$/, NOT_A_NEXT_CURSOR)
  .transform((cursor): MarketplacePosition => {
    const dot = cursor.indexOf(".");
    return { key: Number(cursor.slice(0, dot)), id: cursor.slice(dot + 1) };
  });

/** Formats the cursor of the page that begins after an agent. */
export const formatMarketplaceCursor = ({ key, id }: MarketplacePosition): string => `${key}.${id}`;

export const marketplaceQuery = pageQuery.extend({
  cursor: marketplaceCursor.optional(),
  q: boundedText(200).trim().default(""),
  sort: z.enum(MARKETPLACE_SORTS).default("newest"),
});
export type MarketplaceQuery = z.output<typeof marketplaceQuery>;

export const ownAgentsQuery = pageQuery.extend({ cursor: idCursor("agt", NOT_A_NEXT_CURSOR) });
export const ordersQuery = pageQuery.extend({ cursor: idCursor("ord", NOT_A_NEXT_CURSOR) });

export const purchaseAgentParams = z.strictObject({
  promotionCode: lineField(100).optional(),
  successUrl: boundedText(2000).optional(),
  cancelUrl: boundedText(2000).optional(),
  locale: checkoutLocaleField.optional(),
});

/** The first thing that is wrong with a price. */
interface PriceProblem {
  readonly param: string;
  readonly message: string;
}

/**
 * Finds the problem of a price that no field shows alone: it has to name its currency, and fit it.
 */
export function findPriceProblem({
  priceMinor,
  currency: code,
}: Pick<CreateAgentParams, "priceMinor" | "currency">): PriceProblem | null {
  if (priceMinor !== null && code === null)
    return { param: "currency", message: "is required with a price" };
  if (priceMinor === null && code !== null)
    return { param: "priceMinor", message: "is required with a currency" };
  const problem =
    priceMinor === null || code === null ? undefined : findAmountProblem(priceMinor, code);
  return problem === undefined ? null : { param: "priceMinor", message: problem };
}
