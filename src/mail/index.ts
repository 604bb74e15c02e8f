/** The front door of mail: an outbox, and the services that send it. See README.md. */
export {
  isOptional,
  type LetterFacts,
  MAIL_KINDS,
  type MailKind,
  OPTIONAL_KINDS,
  type SignInChange,
} from "./letters/letter.ts";
export { isMailOn } from "./mailer.ts";
export {
  deleteMailsOf,
  hasMail,
  listMails,
  type MailQuery,
  pruneMails,
  showMail,
} from "./manage-mails.ts";
export {
  changeMailPreferences,
  deleteMailPreferencesOf,
  findMailPreferences,
  languageIfChanged,
  type MailPreferenceChange,
} from "./preferences/preferences.ts";
export { readUnsubscribeToken } from "./preferences/unsubscribe-token.ts";
export { type ComposedMail, composeMail, mailIfChanged, mailStatement } from "./queue-mail.ts";
export { sendDueMails, sendSoon } from "./send-mails.ts";
export { sendTestMail } from "./send-test-mail.ts";
export { MAIL_STATES } from "./tables.ts";
export { mailView } from "./wire.ts";
