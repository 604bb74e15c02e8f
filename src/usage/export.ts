import { type ChatPage, creditAccount, listDailyUsage } from "../account/index.ts";
import { database } from "../db.ts";
import type { Env } from "../env.ts";
import { iteratePages, toPage } from "../http/page.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { showChat } from "./chats.ts";
import { mergeDailyUsage, showDailyUsage } from "./daily.ts";
import { listGrants } from "./grants.ts";
import { showEntry } from "./show.ts";

type Bindings = Pick<Env, "DB" | "CREDIT_ACCOUNT">;

const PAGE_SIZE = 1000;
/** A range that holds every day, as texts compare. */
const ALL_DAYS = {
  from: "0000-01-01",
  to: "9999-12-31",
  fromMs: Number.NEGATIVE_INFINITY,
  toMs: Number.POSITIVE_INFINITY,
};
const ALL_CHATS = {
  limit: PAGE_SIZE,
  fromMs: null,
  untilMs: null,
  model: null,
  keyId: null,
  ending: null,
};

/** Iterates every grant of a user, newest first. */
export const iterateGrants = (env: Bindings, userId: string) =>
  iteratePages(async (cursor) => {
    const page = await listGrants(env, userId, { limit: PAGE_SIZE, cursor });
    if (!page.ok) throw new Error(page.failure.message);
    return page.value;
  });

/** Iterates every entry that moved a user's credits, newest first. */
export const iterateEntries = (env: Bindings, userId: string) =>
  iteratePages(async (cursor) => {
    const before = cursor === undefined ? null : Number(cursor);
    const rows = await orUnavailable(
      creditAccount(env, userId).movements({ limit: PAGE_SIZE + 1, before }),
    );
    return toPage(rows, PAGE_SIZE, showEntry, (row) => String(row.entryNo));
  });

/** Iterates every chat of a user that is over, newest first. */
export async function* iterateChats(
  env: Bindings,
  userId: string,
): AsyncGenerator<ReturnType<typeof showChat>, void> {
  let before: number | null = null;
  do {
    const page: ChatPage = await orUnavailable(
      creditAccount(env, userId).chats({ ...ALL_CHATS, before }),
    );
    yield* page.chats.map(showChat);
    before = page.next;
  } while (before !== null);
}

/**
 * Iterates the usage of a user by day and model, oldest day first. All rows are read at once, since
 * they are few.
 */
export async function* iterateDailyUsage(
  env: Bindings,
  userId: string,
): AsyncGenerator<ReturnType<typeof showDailyUsage>, void> {
  // In this order, since a day that the account drops meanwhile is in D1 by then.
  const recent = await orUnavailable(creditAccount(env, userId).recentDays());
  yield* mergeDailyUsage(
    await listDailyUsage(database(env.DB), userId, ALL_DAYS),
    recent,
    ALL_DAYS,
  ).map(showDailyUsage);
}
