import { z } from "zod";
import { credits, named } from "../../http/answer-fields.ts";
import { LANGUAGE_NAMES } from "../../languages.ts";
import { OPTIONAL_KINDS } from "../../mail/index.ts";

/** The mails that a user gets. Those about security and payments always come: they are left out. */
export const mailPreferencesView = named("MailPreferences", {
  language: z.enum(LANGUAGE_NAMES).nullable().describe("Null until chosen: English is used."),
  kinds: z.strictObject({ balance_low: z.boolean(), allowance_used_up: z.boolean() }),
  lowBalanceCredits: credits
    .nullable()
    .describe("A mail is sent when the balance falls below it. Null: never."),
});
export type MailPreferencesView = z.infer<typeof mailPreferencesView>;

/** The kind of mail that a link has turned off. */
export const unsubscribedView = named("Unsubscribed", { kind: z.enum(OPTIONAL_KINDS) });
export type UnsubscribedView = z.infer<typeof unsubscribedView>;
