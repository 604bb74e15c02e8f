import type { BatchItem } from "drizzle-orm/batch";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import type { Language } from "../../languages.ts";
import { type ComposedMail, composeMail, mailIfChanged } from "../../mail/index.ts";
import { HOUR_MS, MINUTE_MS } from "../../time.ts";
import type { Purpose } from "../tables.ts";
import {
  type NewVerification,
  newVerification,
  type VerificationTerms,
} from "./new-verification.ts";

/** The pages that links of mails open. Opening one spends nothing: its form does. */
const PAGES: Readonly<Record<Purpose, string>> = {
  sign_up: "/confirm",
  email: "/verify",
  new_email: "/verify",
  password: "/reset",
};

/** A verification, and its mail. The mail comes right after the row in the batch. */
export interface MailedVerification extends NewVerification {
  readonly mail: ComposedMail;
}

/** Makes the link and the code of a mail, and the mail. Nothing is written yet. */
export async function draftVerification(
  ctx: Pick<Context, "db" | "config" | "nowMs">,
  terms: VerificationTerms,
  language: Language,
): Promise<MailedVerification> {
  const { config, nowMs } = ctx;
  const { purpose, userId, email } = terms;
  const verification = await newVerification(ctx, terms);
  const { id, token, code, expiresAtMs } = verification;
  const url = `${config.PUBLIC_URL}${PAGES[purpose]}?token=${token}`;
  const lifetimeMs = expiresAtMs - nowMs;
  const common = { to: email, userId, language, onceKey: id, giveUpAtMs: expiresAtMs };
  const mail =
    purpose === "password"
      ? composeMail(ctx, {
          ...common,
          kind: "reset_password",
          facts: { url, minutes: lifetimeMs / MINUTE_MS },
        })
      : composeMail(ctx, {
          ...common,
          kind: purpose === "new_email" ? "verify_new_email" : "verify_email",
          facts: { url, code, hours: lifetimeMs / HOUR_MS },
        });
  return { ...verification, mail: await mail };
}

/**
 * Queues the mail of a verification.
 * @param statements run between the two, each if the one before it changed a row
 * @returns false where its address got five mails within the hour, or it may not be asked for
 */
export async function queueVerification(
  db: Database,
  { insert, mail }: MailedVerification,
  statements: readonly BatchItem<"sqlite">[] = [],
): Promise<boolean> {
  const [inserted] = await db.batch([insert, ...statements, mailIfChanged(db, mail)]);
  return inserted.length > 0;
}
