import type { Context } from "../context.ts";
import { cloudflare } from "./transport/cloudflare.ts";
import type { Deliver, MailAddress } from "./transport/delivery.ts";
import { resend } from "./transport/resend.ts";

/** The way in which mails go out. */
export interface Mailer {
  readonly from: MailAddress;
  readonly deliver: Deliver;
}

/**
 * Returns the way to send mails; null where the operator has set up none. Then nothing is queued
 * either.
 */
export function findMailer({ config, env }: Pick<Context, "config" | "env">): Mailer | null {
  const { MAIL_FROM: from, RESEND_API_KEY: key } = config;
  if (from === null) return null;
  if (key !== "") return { from, deliver: resend(config) };
  return env.EMAIL === undefined ? null : { from, deliver: cloudflare(env.EMAIL) };
}

/** Whether mails can be sent. */
export const isMailOn = (ctx: Pick<Context, "config" | "env">): boolean => findMailer(ctx) !== null;
