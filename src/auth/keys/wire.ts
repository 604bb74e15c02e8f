import { z } from "zod";
import { SCOPES } from "../../account/index.ts";
import { credits, currency, minor, named, time } from "../../http/answer-fields.ts";
import { PERIODS } from "../../meters.ts";

const keyFields = {
  id: z.string(),
  prefix: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  models: z.array(z.string()).nullable().describe("Null is all."),
  budget: z.strictObject({ credits, period: z.enum(PERIODS) }).nullable(),
  purchaseLimit: z
    .strictObject({ amountMinor: minor, currency, period: z.enum(PERIODS) })
    .nullable()
    .describe("The most that it may begin to buy in each period."),
  purchasedMinor: minor.describe("What counts against the purchase limit now."),
  spent: credits.describe("What counts against the budget now; without one, all."),
  totalSpent: credits,
  createdAt: time.nullable(),
  lastUsedAt: time.nullable(),
  expiresAt: time.nullable(),
};

/** An API key without its text. */
export const apiKeyView = named("ApiKey", keyFields);
export type ApiKeyView = z.infer<typeof apiKeyView>;

/** A page of a user's API keys: as a rule all of them. */
export const apiKeyListView = z.strictObject({
  keys: z.array(apiKeyView),
  hasMore: z.literal(true).optional(),
  nextCursor: z.string().optional().describe("Where there are more: send it as `cursor`."),
});

/** A new API key with its text. */
export const newApiKeyView = named("NewApiKey", {
  ...keyFields,
  key: z.string().describe("Shown this once."),
});

/** The answer to revoking a key. */
export const revokedKeyView = z.strictObject({ success: z.literal(true) });
