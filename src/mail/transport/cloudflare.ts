import { formatError } from "../../db.ts";
import { type Deliver, type MailAddress, unsubscribeHeaders } from "./delivery.ts";

const formatAddress = ({ name, address }: MailAddress): string | EmailAddress =>
  name === "" ? address : { name, email: address };

/** Codes that say that the mail itself is at fault, such as its recipient. */
const FINAL_CODE = /^E_(RECIPIENT_|VALIDATION_|CONTENT_)/;

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";

/**
 * Returns the way to send by Cloudflare's Email Service
 * (https://developers.cloudflare.com/email-service/api/send-emails/workers-api/). It has no keys
 * against sending twice: where its answer is lost, the mail is sent again.
 */
export const cloudflare =
  (binding: SendEmail): Deliver =>
  async ({ from, to, subject, html, text, unsubscribeUrl }) => {
    try {
      const { messageId } = await binding.send({
        from: formatAddress(from),
        to,
        subject,
        html,
        text,
        ...unsubscribeHeaders(unsubscribeUrl),
      });
      return { kind: "sent", providerId: messageId };
    } catch (error) {
      const code = codeOf(error);
      const reason = `Cloudflare refused it: ${code} ${formatError(error)}`;
      return { kind: "refused", reason, isFinal: FINAL_CODE.test(code) };
    }
  };
