import type { Context } from "../context.ts";
import type { CsvColumns } from "../http/csv.ts";
import { type Page, toPage } from "../http/page.ts";
import { listMails, type MailQuery, showMail } from "../mail/index.ts";
import { findUsersOf } from "./references.ts";
import type { ListedMailView } from "./wire.ts";

/** Loads a page of mails with their recipients. */
export async function loadMailPage(
  { db }: Context,
  query: MailQuery,
): Promise<Page<ListedMailView>> {
  const mails = await listMails(db, query);
  const userOf = await findUsersOf(
    db,
    mails.map(({ userId }) => userId),
  );
  return toPage(
    mails,
    query.limit,
    (mail) => ({ ...showMail(mail), user: userOf(mail.userId) }),
    ({ id }) => id,
  );
}

/** The columns of the list in CSV. */
export const MAIL_COLUMNS: CsvColumns<ListedMailView> = [
  ["id", ({ id }) => id],
  ["created_at", ({ createdAt }) => createdAt],
  ["kind", ({ kind }) => kind],
  ["user_id", ({ userId }) => userId],
  ["email", ({ user }) => user?.email ?? null],
  ["state", ({ state }) => state],
  ["tries", ({ tries }) => tries],
  ["next_try_at", ({ nextTryAt }) => nextTryAt],
  ["last_error", ({ lastError }) => lastError],
];
