import {
  type AccountNotice,
  deferNotice,
  listUnhandledNotices,
  markNoticeHandled,
} from "../../account/index.ts";
import type { Context } from "../../context.ts";
import { ok, type Result } from "../../errors.ts";
import { type DueResult, forEachDue } from "../../for-each-due.ts";
import { type ComposedMail, isMailOn, mailIfChanged } from "../../mail/index.ts";
import { DAY_MS, MINUTE_MS } from "../../time.ts";
import { draftNotice, type Notice } from "./draft-notice.ts";

/** A notice that waited longer, while mails were off or could not be queued, tells of the past. */
const STALE_MS = DAY_MS;

const RETRY_DELAY_MS = 10 * MINUTE_MS;

type AccountMailKind = "balance_low" | "allowance_used_up" | "key_new_place";

/** Returns the mail that a notice of an account is. */
function toNotice(
  { PUBLIC_URL }: Context["config"],
  { userId, subject, cause, fact }: AccountNotice,
): Notice<AccountMailKind> {
  const common = { userId, onceKey: `${subject}:${userId}:${cause}` };
  if (fact.kind === "balance_low") {
    const { kind, ...facts } = fact;
    return { ...common, kind, facts: { ...facts, creditsUrl: `${PUBLIC_URL}/credits` } };
  }
  if (fact.kind === "key_new_place") {
    const { kind, keyName: name, ...facts } = fact;
    return { ...common, kind, facts: { name, ...facts, keysUrl: `${PUBLIC_URL}/keys` } };
  }
  const { kind, ...facts } = fact;
  return { ...common, kind, facts: { ...facts, pricingUrl: `${PUBLIC_URL}/pricing` } };
}

/** Whether a notice still says what is: a window that began anew is not used up any more. */
const isStale = ({ notedAt, fact }: AccountNotice, nowMs: number): boolean =>
  nowMs - notedAt > STALE_MS ||
  (fact.kind === "allowance_used_up" && fact.renewsAtMs !== null && fact.renewsAtMs <= nowMs);

async function handleNotice(ctx: Context, notice: AccountNotice): Promise<Result<true>> {
  const { db, config, nowMs } = ctx;
  const mail: ComposedMail | null = isStale(notice, nowMs)
    ? null
    : await draftNotice(ctx, toNotice(config, notice));
  // Another cause of the same subject may have replaced it meanwhile: that one stays.
  const mark = markNoticeHandled(db, notice);
  await (mail === null ? db.batch([mark]) : db.batch([mark, mailIfChanged(db, mail)]));
  return ok(true);
}

/**
 * Turns what accounts told into mails, each once: the mark and the mail are one batch. For the
 * cron. Where no mails are sent it does nothing.
 * @param limit the most to handle at once
 */
export async function mailAccountNotices(ctx: Context, limit: number): Promise<DueResult> {
  if (!isMailOn(ctx)) return { tried: 0, done: 0 };
  const { db, nowMs } = ctx;
  return await forEachDue({
    rows: await listUnhandledNotices(db, nowMs, limit),
    logFields: ({ userId, subject }) => ({ userId, subject }),
    failureEvent: "notice.mail_failed",
    defer: (notice) => deferNotice(db, notice, nowMs + RETRY_DELAY_MS),
    run: (notice) => handleNotice(ctx, notice),
    stopsAll: () => false,
  });
}
