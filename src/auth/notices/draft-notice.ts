import type { BatchItem } from "drizzle-orm/batch";
import type { Context } from "../../context.ts";
import {
  type ComposedMail,
  composeMail,
  findMailPreferences,
  hasMail,
  isMailOn,
  isOptional,
  type LetterFacts,
  type MailKind,
  mailStatement,
} from "../../mail/index.ts";
import { findUser } from "../users/users.ts";

/** A mail to a user about their account. */
export interface Notice<K extends MailKind> {
  readonly userId: string;
  readonly kind: K;
  readonly facts: LetterFacts[K];
  /** Names the cause. A second mail of the same cause is not queued. */
  readonly onceKey: string;
  /** The time (ms since 1970) after which nobody needs it any more; a day from now without one. */
  readonly giveUpAtMs?: number;
}

/**
 * Composes a mail to a user, in the language that they chose. What can be turned off goes to proved
 * addresses alone, to those who want it, and to nobody who is suspended. What is about security or
 * a payment goes to every address: nobody else would tell its user that a payment failed. Users of
 * the founder's backend get none: it alone knows their addresses, and writes to them.
 * @returns null where the user is gone or being erased, does not want it, or no mails are sent
 */
export async function draftNotice<K extends MailKind>(
  ctx: Context,
  { userId, ...mail }: Notice<K>,
): Promise<ComposedMail | null> {
  if (!isMailOn(ctx)) return null;
  const [user, preferences] = await Promise.all([
    findUser(ctx.db, userId),
    findMailPreferences(ctx.db, userId),
  ]);
  if (user === undefined || user.isExternal) return null;
  const { kind } = mail;
  const { emailVerifiedAt, suspendedAt } = user;
  const getsOptional = emailVerifiedAt !== null && suspendedAt === null;
  if (isOptional(kind) && !(getsOptional && preferences.kinds[kind])) return null;
  const language = preferences.language ?? "en";
  return await composeMail(ctx, { ...mail, to: user.email, userId, language });
}

/** Returns whether there are such mails at all: where not, no room need look for causes. */
export const sendsNotices = (ctx: Pick<Context, "config" | "env">): boolean => isMailOn(ctx);

/** Returns whether a cause has no mail yet. */
export const isNoticeNew = async ({ db }: Pick<Context, "db">, onceKey: string): Promise<boolean> =>
  !(await hasMail(db, onceKey));

/**
 * Returns the statement that queues such a mail, for the batch of a state that has its cause; none
 * where there is no mail.
 */
export async function noticeStatements<K extends MailKind>(
  ctx: Context,
  notice: Notice<K>,
): Promise<BatchItem<"sqlite">[]> {
  const mail = await draftNotice(ctx, notice);
  return mail === null ? [] : [mailStatement(ctx.db, mail)];
}
