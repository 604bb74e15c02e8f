import { z } from "zod";
import {
  CHAT_ENDINGS,
  type ChatQuery,
  creditAccount,
  listDailyUsage,
  NO_KEY,
} from "../account/index.ts";
import { identify, requireCaller } from "../auth/index.ts";
import { database } from "../db.ts";
import { ok, type Result } from "../errors.ts";
import { csvFile, csvRows } from "../http/csv.ts";
import { dayRangeQuery, parseDayRange } from "../http/day-range.ts";
import { router } from "../http/factory.ts";
import { pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { toCredits } from "../units.ts";
import { listChats, streamChatsCsv } from "./chats.ts";
import { readCursor } from "./cursor.ts";
import { DAILY_COLUMNS, mergeDailyUsage, showDailyUsage } from "./daily.ts";
import { listGrants } from "./grants.ts";
import { showCredits, showEntry, showOpenRouterKey, showUsage } from "./show.ts";

const DAYS_MAX = 366;
/** How many entries a CSV may have to look at: each chat is two of them. */
const CSV_ENTRIES_MAX = 200_000;
const CHATS_PER_CALL = 1000;

const format = z.enum(["json", "csv"]).default("json");
const dailyQuery = dayRangeQuery.extend({ format });
const chatsQuery = pageQuery
  .extend(dayRangeQuery.shape)
  .extend({
    format,
    model: z.string().min(1).max(200).optional(),
    key: z
      .string()
      .regex(new RegExp(`^(key_\\w{1,64}|${NO_KEY})$`), `must be a key's id, or "${NO_KEY}"`)
      .optional(),
    ending: z.enum(CHAT_ENDINGS).optional(),
  })
  .strict();

/** Which chats are asked for, in an account's words. */
function toChatQuery(params: z.infer<typeof chatsQuery>, nowMs: number): Result<ChatQuery> {
  const before = readCursor(params.cursor);
  if (!before.ok) return before;
  const isUnbounded =
    params.format === "json" && params.from === undefined && params.to === undefined;
  const days = isUnbounded ? null : parseDayRange(params, DAYS_MAX, nowMs);
  if (days !== null && !days.ok) return days;
  const { limit, model = null, key = null, ending = null } = params;
  const time = { fromMs: days?.value.fromMs ?? null, untilMs: days?.value.toMs ?? null };
  return ok({ limit, before: before.value, ...time, model, keyId: key, ending });
}

/** `/api/usage`: what was used of the plan, and the credits; by day; chat by chat. */
export const usageRoutes = router()
  .get("/", requireCaller("read"), async (c) => {
    const summary = await orUnavailable(creditAccount(c.env, c.var.caller.userId).summary());
    return summary.ok ? c.json(showUsage(summary.value)) : refuse(c, summary.failure);
  })
  .get("/daily", requireCaller("read"), validate("query", dailyQuery), async (c) => {
    const params = c.req.valid("query");
    const days = parseDayRange(params, DAYS_MAX, Date.now());
    if (!days.ok) return refuse(c, days.failure);
    const { userId } = c.var.caller;
    // In this order: a day that the account forgets meanwhile is in D1 by then.
    const recent = await orUnavailable(creditAccount(c.env, userId).recentDays());
    const rows = mergeDailyUsage(
      await listDailyUsage(database(c.env.DB), userId, days.value),
      recent,
      days.value,
    ).map(showDailyUsage);
    const { from, to } = days.value;
    if (params.format === "json") return c.json({ from, to, days: rows });
    return csvFile(
      c,
      `usage-${from}-${to}`,
      csvRows([DAILY_COLUMNS, ...rows.map((row) => Object.values(row))]),
    );
  })
  .get("/chats", requireCaller("read"), validate("query", chatsQuery), async (c) => {
    const params = c.req.valid("query");
    const query = toChatQuery(params, Date.now());
    if (!query.ok) return refuse(c, query.failure);
    const account = creditAccount(c.env, c.var.caller.userId);
    const queryChats = (chats: ChatQuery) => orUnavailable(account.chats(chats));
    if (params.format === "json") return c.json(await listChats(queryChats, query.value));
    const unpaged = { ...query.value, before: null, limit: CHATS_PER_CALL };
    const first = await queryChats(unpaged);
    if (first.entriesLeft > CSV_ENTRIES_MAX)
      return refuse(c, {
        code: "invalid_request",
        message: "from: that is too many chats: ask for fewer days.",
        param: "from",
      });
    return csvFile(c, "chats", streamChatsCsv(queryChats, unpaged, first));
  });

/** `/api/credits`: the balance, every entry that moved it, and every grant. */
export const creditRoutes = router()
  .get("/", requireCaller("read"), async (c) => {
    const summary = await orUnavailable(creditAccount(c.env, c.var.caller.userId).summary());
    return summary.ok ? c.json(showCredits(summary.value)) : refuse(c, summary.failure);
  })
  .get("/ledger", requireCaller("read"), validate("query", pageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const before = readCursor(cursor);
    if (!before.ok) return refuse(c, before.failure);
    const rows = await orUnavailable(
      creditAccount(c.env, c.var.caller.userId).movements({
        limit: limit + 1,
        before: before.value,
      }),
    );
    return c.json(toPage(rows, limit, showEntry, (row) => String(row.entryNo)));
  })
  .get("/grants", requireCaller("read"), validate("query", pageQuery), async (c) => {
    const page = await listGrants(c.env, c.var.caller.userId, c.req.valid("query"));
    return page.ok ? c.json(page.value) : refuse(c, page.failure);
  });

/** What clients of OpenRouter ask: `/v1/credits` and `/v1/key`. */
export const openRouterRoutes = router()
  .get("/credits", requireCaller("read"), async (c) => {
    const summary = await orUnavailable(creditAccount(c.env, c.var.caller.userId).summary());
    if (!summary.ok) return refuse(c, summary.failure);
    const { balance, capturedMicrocredits } = summary.value;
    // What expired was never of use: total − usage is what is there.
    const total = balance.postedMicrocredits + capturedMicrocredits;
    return c.json({
      data: { total_credits: toCredits(total), total_usage: toCredits(capturedMicrocredits) },
    });
  })
  .get("/key", identify, async (c) => {
    const { userId, via } = c.var.caller;
    if (via.kind !== "key")
      return refuse(c, {
        code: "invalid_request",
        message: "This describes the API key that asks. Ask with one.",
      });
    const verified = await orUnavailable(
      creditAccount(c.env, userId).verifyKey({ hash: via.hash, scope: null }),
    );
    return verified.ok
      ? c.json({ data: showOpenRouterKey(verified.value.key, Date.now()) })
      : refuse(c, verified.failure);
  });
