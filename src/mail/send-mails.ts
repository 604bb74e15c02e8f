import { and, eq, lte } from "drizzle-orm";
import { z } from "zod";
import type { Context } from "../context.ts";
import { type Database, formatError } from "../db.ts";
import { fail, ok, type Result } from "../errors.ts";
import { type DueResult, forEachDue } from "../for-each-due.ts";
import { log } from "../log.ts";
import { unseal } from "../seal.ts";
import { findMailer, type Mailer } from "./mailer.ts";
import { retryDelayMs } from "./retry-schedule.ts";
import { mails } from "./tables.ts";
import type { Delivery } from "./transport/delivery.ts";

type MailRow = typeof mails.$inferSelect;

const message = z.object({
  to: z.string(),
  subject: z.string(),
  html: z.string(),
  text: z.string(),
  /** Absent in mails that an older version queued. */
  unsubscribeUrl: z.string().nullable().default(null),
});

/**
 * Takes a mail for one try, and sets the time of the next one: another sender at the same time, and
 * one after a crash, find it not due before that.
 */
async function claimMail(db: Database, { id, tries }: MailRow, nowMs: number): Promise<boolean> {
  const claimed = await db
    .update(mails)
    .set({ tries: tries + 1, dueAt: nowMs + retryDelayMs(tries + 1) })
    .where(and(eq(mails.id, id), eq(mails.state, "queued"), eq(mails.tries, tries)))
    .returning({ id: mails.id });
  return claimed.length > 0;
}

/** Ends a mail, whose links and codes are then nowhere here. */
async function settleMail(
  db: Database,
  id: string,
  end: { state: "sent" | "given_up"; providerId?: string | null; lastError?: string },
): Promise<void> {
  await db
    .update(mails)
    .set({ ...end, sealedMessage: null })
    .where(and(eq(mails.id, id), eq(mails.state, "queued")));
}

async function deliverMail(ctx: Context, mailer: Mailer, row: MailRow): Promise<Delivery> {
  const opened = row.sealedMessage === null ? null : await unseal(ctx.config, row.sealedMessage);
  if (opened === null)
    return { kind: "refused", reason: "It was sealed under an older secret.", isFinal: true };
  const { to, ...letter } = message.parse(JSON.parse(opened));
  const delivery = await mailer.deliver({ from: mailer.from, to, ...letter }, row.id);
  if (delivery.kind === "sent") return delivery;
  // Admins and the log see why, and not to whom.
  return { ...delivery, reason: delivery.reason.replaceAll(to, "…").slice(0, 500) };
}

/** Where mails were turned off for a while. */
const TOO_LATE = { kind: "refused", reason: "It is too late to send it.", isFinal: true } as const;

/** Makes one try. @returns `server_busy` where it was refused and is tried again later */
async function trySending(ctx: Context, mailer: Mailer, row: MailRow): Promise<Result<true>> {
  const { db, nowMs } = ctx;
  const { id, kind } = row;
  const delivery = nowMs < row.giveUpAt ? await deliverMail(ctx, mailer, row) : TOO_LATE;
  if (delivery.kind === "sent") {
    await settleMail(db, id, { state: "sent", providerId: delivery.providerId });
    return ok(true);
  }
  const { reason, isFinal } = delivery;
  const isLate = nowMs + retryDelayMs(row.tries + 1) >= row.giveUpAt;
  if (isFinal || isLate) {
    await settleMail(db, id, { state: "given_up", lastError: reason });
    log.error("mail.given_up", { mailId: id, kind, error: reason });
    return ok(true);
  }
  await db.update(mails).set({ lastError: reason }).where(eq(mails.id, id));
  return fail("server_busy", reason);
}

/**
 * Sends the mails that are due, earliest first: those that were queued a moment ago, and those
 * whose last try failed or was cut off by a crash. For requests, after their answer, and the cron.
 * @param limit the most to try at once
 */
export async function sendDueMails(ctx: Context, limit: number): Promise<DueResult> {
  const mailer = findMailer(ctx);
  if (mailer === null) return { tried: 0, done: 0 };
  const { db, nowMs } = ctx;
  const rows = await db
    .select()
    .from(mails)
    .where(and(eq(mails.state, "queued"), lte(mails.dueAt, nowMs)))
    .orderBy(mails.dueAt)
    .limit(limit);
  return await forEachDue({
    rows,
    logFields: ({ id, kind }) => ({ mailId: id, kind }),
    failureEvent: "mail.send_failed",
    defer: (row) => claimMail(db, row, nowMs),
    run: (row) => trySending(ctx, mailer, row),
    stopsAll: () => false,
  });
}

/** The most mails that one request sends after its answer: its own, and some that wait. */
const SENT_AFTER_ANSWER_MAX = 3;

/** Sends what a request has just queued, after its answer. What fails is the cron's. */
export function sendSoon(
  ctx: Context,
  execution: { readonly waitUntil: (work: Promise<unknown>) => void },
): void {
  if (findMailer(ctx) === null) return;
  const work = sendDueMails(ctx, SENT_AFTER_ANSWER_MAX).catch((error: unknown) => {
    log.error("mail.send_failed", { error: formatError(error) });
  });
  execution.waitUntil(work);
}
