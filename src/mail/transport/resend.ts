import { z } from "zod";
import type { Config } from "../../config.ts";
import { formatError } from "../../db.ts";
import { type Deliver, type MailAddress, unsubscribeHeaders } from "./delivery.ts";

const TIMEOUT_MS = 10_000;

const sent = z.object({ id: z.string() });
const refused = z.object({ name: z.string(), message: z.string() });

const formatAddress = ({ name, address }: MailAddress): string =>
  name === "" ? address : `${name} <${address}>`;

/** Statuses that say that the mail itself is at fault, such as its recipient. */
const FINAL_STATUSES: ReadonlySet<number> = new Set([400, 413, 422]);

/** The key was used with another body: the mail was sent, and rendered otherwise since. */
const SENT_BEFORE = "invalid_idempotent_request";

/**
 * Returns the way to send by Resend (https://resend.com/docs/api-reference/emails/send-email). For
 * a day it sends one mail for one `Idempotency-Key`.
 */
export const resend =
  ({
    RESEND_API_KEY,
    RESEND_API_BASE,
  }: Pick<Config, "RESEND_API_KEY" | "RESEND_API_BASE">): Deliver =>
  async ({ from, to, subject, html, text, unsubscribeUrl }, id) => {
    try {
      const reply = await fetch(`${RESEND_API_BASE}/emails`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${RESEND_API_KEY}`,
          "content-type": "application/json",
          "idempotency-key": id,
        },
        body: JSON.stringify({
          from: formatAddress(from),
          to: [to],
          subject,
          html,
          text,
          ...unsubscribeHeaders(unsubscribeUrl),
        }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: "manual",
      });
      const body: unknown = await reply.json().catch(() => null);
      const answer = sent.safeParse(body);
      if (reply.ok && answer.success) return { kind: "sent", providerId: answer.data.id };
      const { name = "", message = "" } = refused.safeParse(body).data ?? {};
      if (name === SENT_BEFORE) return { kind: "sent", providerId: null };
      const reason = `Resend answered ${reply.status} ${name}: ${message}`;
      return { kind: "refused", reason, isFinal: FINAL_STATUSES.has(reply.status) };
    } catch (error) {
      return { kind: "refused", reason: formatError(error), isFinal: false };
    }
  };
