/** The front door of mail: an outbox, and the services that send it. See README.md. */
export { isMailOn } from "./mailer.ts";
export { deleteMailsOf, listMails, pruneMails, showMail } from "./manage-mails.ts";
export { type ComposedMail, composeMail, mailIfChanged } from "./queue-mail.ts";
export { sendDueMails, sendSoon } from "./send-mails.ts";
export { MAIL_STATES } from "./tables.ts";
export { mailView } from "./wire.ts";
