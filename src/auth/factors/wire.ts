import { z } from "zod";
import { count, named, time } from "../../http/answer-fields.ts";
import { passkeyView } from "./passkey-wire.ts";

/** The secret of an authenticator app that is not a factor yet. */
export const newTotpView = named("NewAuthenticatorApp", {
  secret: z.string().describe("Base32, for typing by hand."),
  uri: z.string().describe("The secret as an `otpauth://` URL, for a QR code."),
});

/** Codes for those who lost their second factor, each good once. They are shown this once. */
export const recoveryCodesView = named("RecoveryCodes", { recoveryCodes: z.array(z.string()) });

/** The ways in which a user signs in. */
export const signInMethodsView = named("SignInMethods", {
  hasPassword: z.boolean(),
  totp: z
    .strictObject({ addedAt: time, recoveryCodesLeft: count })
    .nullable()
    .describe("The authenticator app required to sign in."),
  passkeys: z.array(passkeyView),
});
export type SignInMethodsView = z.infer<typeof signInMethodsView>;
