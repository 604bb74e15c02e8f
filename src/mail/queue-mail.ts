import { sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { loadBrand } from "../brand/index.ts";
import type { Context } from "../context.ts";
import type { Database } from "../db.ts";
import { newId } from "../ids.ts";
import type { Language } from "../languages.ts";
import { seal } from "../seal.ts";
import { DAY_MS } from "../time.ts";
import { isOptional, type LetterFacts, type MailKind } from "./letters/letter.ts";
import { renderLetter } from "./letters/render-letter.tsx";
import { newUnsubscribeToken } from "./preferences/unsubscribe-token.ts";
import { mails } from "./tables.ts";

/** A mail to queue. */
export interface NewMail<K extends MailKind> {
  readonly kind: K;
  readonly facts: LetterFacts[K];
  readonly to: string;
  /** Null for somebody who is signing up. */
  readonly userId: string | null;
  readonly language: Language;
  /** Names the cause. A second mail of the same cause is not queued. */
  readonly onceKey: string;
  /** The time (ms since 1970) after which nobody needs it any more; a day from now without one. */
  readonly giveUpAtMs?: number;
}

/** A mail as the outbox has it: rendered and sealed. */
export type ComposedMail = Omit<
  typeof mails.$inferInsert,
  "state" | "tries" | "lastError" | "providerId"
> & { readonly sealedMessage: string };

/** Returns the link that turns off a kind of mail; null for one that cannot be turned off. */
async function unsubscribeUrlOf(
  config: Context["config"],
  kind: MailKind,
  userId: string | null,
): Promise<string | null> {
  if (!isOptional(kind) || userId === null) return null;
  const token = await newUnsubscribeToken(config, { userId, kind });
  return `${config.PUBLIC_URL}/unsubscribe?token=${token}`;
}

/** Renders a mail in its reader's language, and seals it. Nothing is queued yet. */
export async function composeMail<K extends MailKind>(
  ctx: Pick<Context, "db" | "config" | "nowMs">,
  { kind, facts, to, userId, language, onceKey, giveUpAtMs = ctx.nowMs + DAY_MS }: NewMail<K>,
): Promise<ComposedMail> {
  const { config, nowMs } = ctx;
  const unsubscribeUrl = await unsubscribeUrlOf(config, kind, userId);
  const preferencesUrl = unsubscribeUrl === null ? null : `${config.PUBLIC_URL}/account/mail`;
  const { name: site } = await loadBrand(ctx);
  const letter = await renderLetter(kind, facts, { language, site, preferencesUrl });
  const sealedMessage = await seal(config, JSON.stringify({ to, unsubscribeUrl, ...letter }));
  const times = { dueAt: nowMs, giveUpAt: giveUpAtMs, createdAt: nowMs };
  return { id: newId("mai", nowMs), onceKey, kind, userId, sealedMessage, ...times };
}

/**
 * Returns the statement that queues a mail, for the same D1 batch as its cause. It queues the mail
 * only if the statement **right before it in the batch** changed a row (SQLite's `changes()`).
 */
export const mailIfChanged = (db: Database, mail: ComposedMail): BatchItem<"sqlite"> =>
  db
    .insert(mails)
    .select(
      sql`select ${mail.id}, ${mail.onceKey}, ${mail.kind}, ${mail.userId}, 'queued',
        ${mail.sealedMessage}, 0, ${mail.dueAt}, ${mail.giveUpAt}, null, null, ${mail.createdAt}
        where changes() > 0`,
    )
    .onConflictDoNothing({ target: mails.onceKey });

/**
 * Returns the statement that queues a mail whose once key alone names its cause. It may run with
 * any state that has the cause, again and again.
 */
export const mailStatement = (db: Database, mail: ComposedMail): BatchItem<"sqlite"> =>
  db
    .insert(mails)
    .values({ ...mail, state: "queued", tries: 0 })
    .onConflictDoNothing({ target: mails.onceKey });
