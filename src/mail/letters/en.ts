import { enMoney } from "./en-money.ts";
import { enSignIn } from "./en-sign-in.ts";
import { code, type Letters, link, type SignInChange, text } from "./letter.ts";

const IGNORE = text("If this wasn't you, ignore this mail. Nothing will change.");

const SIGN_IN_CHANGES: Readonly<Record<SignInChange, string>> = {
  totp_added: "An authenticator app was added. You now need its code to sign in.",
  totp_removed: "The authenticator app was removed. You no longer need its code to sign in.",
  recovery_codes_renewed: "New recovery codes were created. The old ones no longer work.",
  passkey_added: "A passkey was added to your account.",
  passkey_removed: "A passkey was removed from your account.",
  provider_added: "A sign-in provider was linked to your account.",
  provider_removed: "A sign-in provider was unlinked from your account.",
  password_removed: "Your password was removed. Sign in with a passkey or a linked provider.",
};

export const en: Letters = {
  verify_email: ({ url, code: digits, hours }, site) => ({
    subject: `Verify your email for ${site}`,
    blocks: [
      text(`Verify this email address to finish setting up your ${site} account.`),
      link("Verify email", url),
      text("Or enter this code on the sign-up page:"),
      code(digits),
      text(`The link and code expire in ${hours} hours.`),
      IGNORE,
    ],
  }),
  verify_new_email: ({ url, code: digits, hours }, site) => ({
    subject: `Verify your new email for ${site}`,
    blocks: [
      text(
        `You asked to use this email address for your ${site} account. Verify it to make the ` +
          "change.",
      ),
      link("Verify email", url),
      text("Or enter this code in your account:"),
      code(digits),
      text(
        `The link and code expire in ${hours} hours. Your old address stays active until you ` +
          "verify this one.",
      ),
      IGNORE,
    ],
  }),
  email_changed: ({ newEmail }, site) => ({
    subject: `Your ${site} email address was changed`,
    blocks: [
      text(`The email address of your ${site} account is now ${newEmail}.`),
      text("Use it to sign in. We send all mails there."),
      text("If this wasn't you, reply to this mail right away."),
    ],
  }),
  already_registered: ({ signInUrl, forgotUrl }, site) => ({
    subject: `You already have a ${site} account`,
    blocks: [
      text(
        `Someone tried to sign up for ${site} with this email address, but it already has an ` +
          "account.",
      ),
      link("Sign in", signInUrl),
      text("Forgot your password? Choose a new one:"),
      link("Choose a new password", forgotUrl),
      IGNORE,
    ],
  }),
  reset_password: ({ url, minutes }, site) => ({
    subject: `Reset your ${site} password`,
    blocks: [
      text(`Choose a new password for your ${site} account.`),
      link("Choose a new password", url),
      text(`The link works once and expires in ${minutes} minutes.`),
      text("If this wasn't you, ignore this mail. Your password won't change."),
    ],
  }),
  password_changed: ({ forgotUrl }, site) => ({
    subject: `Your ${site} password was changed`,
    blocks: [
      text(`The password of your ${site} account was changed, and all other sessions were ended.`),
      text("If this wasn't you, choose a new password right away:"),
      link("Choose a new password", forgotUrl),
    ],
  }),
  sign_in_changed: ({ change, accountUrl }, site) => ({
    subject: `Your ${site} sign-in methods changed`,
    blocks: [
      text(SIGN_IN_CHANGES[change]),
      text("If this wasn't you, change your password and end any sessions you don't recognize:"),
      link("Open your account", accountUrl),
    ],
  }),
  ...enSignIn,
  ...enMoney,
};
