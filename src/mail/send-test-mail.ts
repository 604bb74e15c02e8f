import type { Context } from "../context.ts";
import type { Language } from "../languages.ts";
import { findMailer } from "./mailer.ts";

const LETTERS: Readonly<Record<Language, { subject: string; text: string }>> = {
  en: { subject: "Mails work", text: "Farebox can send mails: this is one." },
  ar: { subject: "البريد يعمل", text: "يستطيع Farebox إرسال الرسائل، وهذه إحداها." },
};

/**
 * Sends a mail at once, past the outbox, to see that the service takes it.
 * @param id of two calls with one id, services that can do so send one mail
 * @returns null where it was sent; otherwise the service's words, or `off` where none is set up
 */
export async function sendTestMail(
  ctx: Context,
  to: string,
  language: Language,
  id: string,
): Promise<string | null> {
  const mailer = findMailer(ctx);
  if (mailer === null) return "off";
  const { subject, text } = LETTERS[language];
  const direction = language === "ar" ? "rtl" : "ltr";
  const html = `<!doctype html><html lang="${language}" dir="${direction}"><p>${text}</p></html>`;
  const mail = { from: mailer.from, to, subject, text, html, unsubscribeUrl: null };
  const delivery = await mailer.deliver(mail, id);
  return delivery.kind === "sent" ? null : delivery.reason;
}
