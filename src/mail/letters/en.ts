import { code, type Letters, link, text } from "./letter.ts";

const IGNORE = text("If this was not you, ignore this mail: nothing changes.");

export const en: Letters = {
  verify_email: ({ url, code: digits, hours }, site) => ({
    subject: `Confirm your address for ${site}`,
    blocks: [
      text(`Please confirm that this address is yours, so that ${site} can reach you.`),
      link("Confirm this address", url),
      text("Or type this code where you signed up:"),
      code(digits),
      text(`The link and the code are good for ${hours} hours.`),
      IGNORE,
    ],
  }),
  verify_new_email: ({ url, code: digits, hours }, site) => ({
    subject: `Confirm your new address for ${site}`,
    blocks: [
      text(`You asked ${site} to use this address from now on. Please confirm that it is yours.`),
      link("Confirm this address", url),
      text("Or type this code in your account:"),
      code(digits),
      text(`The link and the code are good for ${hours} hours. Until then the old address stays.`),
      IGNORE,
    ],
  }),
  email_changed: ({ newEmail }, site) => ({
    subject: `Your address for ${site} was changed`,
    blocks: [
      text(`Your account at ${site} has a new address: ${newEmail}.`),
      text("You sign in with it, and mails go there."),
      text("If this was not you, answer this mail at once."),
    ],
  }),
  already_registered: ({ signInUrl, forgotUrl }, site) => ({
    subject: `You have an account at ${site} already`,
    blocks: [
      text(`Somebody tried to sign up at ${site} with this address, which has an account.`),
      link("Sign in", signInUrl),
      text("If you forgot your password, choose a new one:"),
      link("Choose a new password", forgotUrl),
      IGNORE,
    ],
  }),
  reset_password: ({ url, minutes }, site) => ({
    subject: `A new password for ${site}`,
    blocks: [
      text(`Choose a new password for your account at ${site}.`),
      link("Choose a new password", url),
      text(`The link works once, and for ${minutes} minutes.`),
      text("If this was not you, ignore this mail: your password stays."),
    ],
  }),
  password_changed: ({ forgotUrl }, site) => ({
    subject: `Your password for ${site} was changed`,
    blocks: [
      text(`Your account at ${site} has a new password. All other sessions have ended.`),
      text("If this was not you, choose another one at once:"),
      link("Choose a new password", forgotUrl),
    ],
  }),
};
