import { z } from "zod";
import { named, time } from "../../http/answer-fields.ts";
import { boundedText } from "../../http/bounded.ts";

/** A provider's id in a body. */
export const providerIdField = boundedText(32);

/** The page to which the provider sends the browser back; a page of ours without it. */
export const redirectUriField = boundedText(500).optional();

/** The answer of a provider, as a browser brings it back. Codes of some have 2 KiB. */
export const finishParams = z.strictObject({
  sealedState: boundedText(4000),
  answer: boundedText(6000).describe("The query of the redirect: code=…&state=…"),
});

/** A provider by which people sign in. */
export const providerView = named("SignInProvider", {
  id: z.string(),
  name: z.string().describe("The name to display."),
});
export type ProviderView = z.infer<typeof providerView>;

/** A sign-in at a provider that has begun. */
export const providerSignInBegunView = named("ProviderSignIn", {
  url: z.string().describe("Open it in the user's browser."),
  sealedState: z
    .string()
    .describe("Keep it in that browser, and send it back with the provider's response."),
  expiresAt: time,
});
export type ProviderSignInBegun = z.infer<typeof providerSignInBegunView>;

/** A way to sign in by a provider, as its user sees it. */
export const identityView = named("Identity", {
  id: z.string(),
  providerId: z.string(),
  providerName: z.string(),
  email: z.string().nullable().describe("The provider account's email address when it was linked."),
  createdAt: time,
  lastUsedAt: time,
});
export type IdentityView = z.infer<typeof identityView>;
