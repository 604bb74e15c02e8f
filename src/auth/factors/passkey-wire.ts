import { z } from "zod";
import { named, time } from "../../http/answer-fields.ts";
import { boundedList, boundedText } from "../../http/bounded.ts";

const base64url = (lengthMax: number) =>
  boundedText(lengthMax).regex(/^[\w-]+$/, "must be base64url");

/** The members that both kinds of a browser's answers have (WebAuthn §5.1). */
const credentialFields = {
  id: base64url(1400),
  rawId: base64url(1400),
  type: z.literal("public-key"),
  clientExtensionResults: z.object({}).default({}),
};

/** `PublicKeyCredential.toJSON()` of a new passkey. Members that are not read are dropped. */
export const newPasskeyField = z.object({
  ...credentialFields,
  response: z.object({
    clientDataJSON: base64url(4000),
    attestationObject: base64url(20_000),
    transports: boundedList(boundedText(20), 10).default([]),
  }),
});
export type NewPasskeyJson = z.infer<typeof newPasskeyField>;

/** `PublicKeyCredential.toJSON()` of a signature. */
export const passkeySignatureField = z.object({
  ...credentialFields,
  response: z.object({
    clientDataJSON: base64url(4000),
    authenticatorData: base64url(4000),
    signature: base64url(8000),
  }),
});
export type PasskeySignatureJson = z.infer<typeof passkeySignatureField>;

/** The question that a browser answers with a passkey. `options` are WebAuthn's, as JSON. */
export const passkeyChallengeView = named("PasskeyChallenge", {
  challengeId: z.string(),
  expiresAt: time,
  options: z
    .record(z.string(), z.unknown())
    .describe("For `PublicKeyCredential.parse…OptionsFromJSON()`."),
});

/** A passkey as its user sees it. */
export const passkeyView = named("Passkey", {
  id: z.string(),
  name: z.string(),
  createdAt: time,
  lastUsedAt: time.nullable(),
});
export type PasskeyView = z.infer<typeof passkeyView>;
