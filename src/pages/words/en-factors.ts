import { createPluralizer } from "./plural.ts";

const plural = createPluralizer("en");

/** The words of second factors and passkeys, in English. */
export const enFactors = {
  codeTitle: "Two-step sign-in",
  code: "Code",
  codeHint: "The 6-digit code from your authenticator app, or a recovery code.",
  startAgain: "Start again",
  usePasskey: "Sign in with a passkey",
  passkeyFailed: "Passkey sign-in failed or was canceled. Try again, or use your password.",
  wrongCode: "Wrong code. Check that your phone's clock is correct, then enter the next code.",
  appHint:
    "Use an app on your phone to get a code that you enter when you sign in, after your " +
    "password.",
  addApp: "Add an authenticator app",
  appSince: (date: string) => `On since ${date}. You need a code from your app to sign in.`,
  codesLeft: plural({
    one: "You have # recovery code left.",
    other: "You have # recovery codes left.",
  }),
  newCodes: "Create new recovery codes",
  newCodesHint: "Your current codes stop working.",
  removeApp: "Remove the authenticator app",
  removeAppHint: "You'll only need your password to sign in.",
  scan: "Scan this QR code with your app.",
  qr: "QR code for your authenticator app",
  typeSecret: "Or enter this key in the app:",
  firstCode: "Code from the app",
  confirmApp: "Turn on",
  cancel: "Cancel",
  codesTitle: "Your recovery codes",
  keepCodes:
    "Keep these codes somewhere safe. If you lose your phone, each one signs you in once. " +
    "You won't see them again.",
  codesKept: "I have saved them",
  passkeys: "Passkeys",
  passkeysHint: "Sign in with your fingerprint, face or device PIN instead of a password.",
  passkeyName: "Passkey name",
  newName: "My passkey",
  added: "Added",
  lastUsed: "Last used",
  remove: "Remove",
  addPasskey: "Add a passkey",
  removePassword: "Remove the password",
  removePasswordHint: "You'll sign in with your passkeys only.",
};
