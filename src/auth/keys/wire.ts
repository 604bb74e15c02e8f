import { z } from "zod";
import { SCOPES } from "../../account/index.ts";
import { credits, currency, minor, named, time } from "../../http/answer-fields.ts";
import { PERIODS } from "../../meters.ts";

const keyFields = {
  id: z.string(),
  prefix: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  models: z.array(z.string()).nullable().describe("Null: all models."),
  budget: z.strictObject({ credits, period: z.enum(PERIODS) }).nullable(),
  purchaseLimit: z
    .strictObject({ amountMinor: minor, currency, period: z.enum(PERIODS) })
    .nullable()
    .describe("The most the key can spend on purchases in each period."),
  purchasedMinor: minor.describe("Spent of the purchase limit in this period."),
  spent: credits.describe("Spent of the budget in this period; without a budget, in total."),
  totalSpent: credits,
  createdAt: time.nullable(),
  lastUsedAt: time.nullable(),
  expiresAt: time.nullable(),
  disabledAt: time.nullable().describe("Null while the key works."),
  rotatedAt: time.nullable().describe("When the secret was last replaced."),
  oldSecretsEndAt: time
    .nullable()
    .describe("When the last earlier secret stops working. Null if none works."),
  keepContentDays: z
    .int()
    .nullable()
    .describe("For how many days prompts and replies are kept. Null: they aren't."),
};

/** An API key without its text. */
export const apiKeyView = named("ApiKey", keyFields);
export type ApiKeyView = z.infer<typeof apiKeyView>;

/** A page of a user's API keys: as a rule all of them. */
export const apiKeyListView = z.strictObject({
  keys: z.array(apiKeyView),
  hasMore: z.literal(true).optional(),
  nextCursor: z
    .string()
    .optional()
    .describe("Send it as `cursor` to get the next page. Null on the last page."),
});

/** A new API key with its text. */
export const newApiKeyView = named("NewApiKey", {
  ...keyFields,
  key: z.string().describe("Shown this once."),
});

/** The answer to revoking a key. */
export const revokedKeyView = z.strictObject({ success: z.literal(true) });
