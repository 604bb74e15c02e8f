import { z } from "zod";
import {
  CHAT_ENDINGS,
  type ChatQuery,
  creditAccount,
  listDailyUsage,
  NO_KEY,
} from "../account/index.ts";
import { countAgents } from "../agents/index.ts";
import { identify, requireCaller } from "../auth/index.ts";
import { ok, type Result } from "../errors.ts";
import { list } from "../http/answer-fields.ts";
import { boundedText } from "../http/bounded.ts";
import { csvFile, csvRows } from "../http/csv.ts";
import { dayRangeQuery, parseDayRange } from "../http/day-range.ts";
import { describeRoute } from "../http/describe-route.ts";
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
import {
  chatView,
  creditBalanceView,
  dailyUsageView,
  grantView,
  ledgerView,
  openRouterCreditsView,
  openRouterKeyView,
  usageView,
} from "./wire.ts";

const DAYS_MAX = 366;
/** The most entries that a CSV looks at. Each chat is two of them. */
const CSV_ENTRIES_MAX = 200_000;
const CHATS_PER_CALL = 1000;

const CSV = { alternative: "text/csv" } as const;

const format = z.enum(["json", "csv"]).default("json");
const dailyQuery = dayRangeQuery.extend({ format });
const chatsQuery = pageQuery
  .extend(dayRangeQuery.shape)
  .extend({
    format,
    model: boundedText(200).min(1).optional(),
    key: boundedText(100)
      .regex(new RegExp(`^(key_\\w{1,64}|${NO_KEY})$`), `must be a key's id, or "${NO_KEY}"`)
      .optional(),
    ending: z.enum(CHAT_ENDINGS).optional(),
  })
  .strict();

/** Converts the query of a request to that of the account. */
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

/** `/api/usage`: the use of the plan and of credits, in all, by day and by chat. */
export const usageRoutes = router()
  .get(
    "/",
    requireCaller("read"),
    describeRoute("Shows allowances and credits.", usageView, []),
    async (c) => {
      const { userId } = c.var.caller;
      const [summary, agentCount] = await Promise.all([
        orUnavailable(creditAccount(c.env, userId).summary()),
        countAgents(c.var.ctx.db, userId),
      ]);
      return summary.ok ? c.json(showUsage(summary.value, agentCount)) : refuse(c, summary.failure);
    },
  )
  .get(
    "/daily",
    requireCaller("read"),
    validate("query", dailyQuery),
    describeRoute(
      "Lists the usage of each day, by model; as CSV on request.",
      dailyUsageView,
      [],
      CSV,
    ),
    async (c) => {
      const params = c.req.valid("query");
      const days = parseDayRange(params, DAYS_MAX, c.var.ctx.nowMs);
      if (!days.ok) return refuse(c, days.failure);
      const { userId } = c.var.caller;
      // In this order, since a day that the account drops meanwhile is in D1 by then.
      const recent = await orUnavailable(creditAccount(c.env, userId).recentDays());
      const rows = mergeDailyUsage(
        await listDailyUsage(c.var.ctx.db, userId, days.value),
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
    },
  )
  .get(
    "/chats",
    requireCaller("read"),
    validate("query", chatsQuery),
    describeRoute(
      "Lists the caller's latest chats: model, tokens, cost; as CSV on request.",
      list(chatView),
      [],
      CSV,
    ),
    async (c) => {
      const params = c.req.valid("query");
      const query = toChatQuery(params, c.var.ctx.nowMs);
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
    },
  );

/** `/api/credits`: the balance, every entry that moved it, and every grant. */
export const creditRoutes = router()
  .get(
    "/",
    requireCaller("read"),
    describeRoute("Shows the balance.", creditBalanceView, []),
    async (c) => {
      const summary = await orUnavailable(creditAccount(c.env, c.var.caller.userId).summary());
      return summary.ok ? c.json(showCredits(summary.value)) : refuse(c, summary.failure);
    },
  )
  .get(
    "/ledger",
    requireCaller("read"),
    validate("query", pageQuery),
    describeRoute("Lists every entry that moved the balance, newest first.", ledgerView, []),
    async (c) => {
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
    },
  )
  .get(
    "/grants",
    requireCaller("read"),
    validate("query", pageQuery),
    describeRoute("Lists every grant of credits, newest first.", list(grantView), []),
    async (c) => {
      const page = await listGrants(c.env, c.var.caller.userId, c.req.valid("query"));
      return page.ok ? c.json(page.value) : refuse(c, page.failure);
    },
  );

/** `/v1/credits` and `/v1/key`, for clients of OpenRouter. */
export const openRouterRoutes = router()
  .get(
    "/credits",
    requireCaller("read"),
    describeRoute("Shows all credits and usage, as OpenRouter does.", openRouterCreditsView, []),
    async (c) => {
      const summary = await orUnavailable(creditAccount(c.env, c.var.caller.userId).summary());
      if (!summary.ok) return refuse(c, summary.failure);
      const { balance, capturedMicrocredits } = summary.value;
      // Expired credits count in neither, so that total − usage is what remains.
      const total = balance.postedMicrocredits + capturedMicrocredits;
      return c.json({
        data: { total_credits: toCredits(total), total_usage: toCredits(capturedMicrocredits) },
      });
    },
  )
  .get(
    "/key",
    identify,
    describeRoute("Shows the API key of the request, as OpenRouter does.", openRouterKeyView, [
      "invalid_request",
    ]),
    async (c) => {
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
        ? c.json({ data: showOpenRouterKey(verified.value.key, c.var.ctx.nowMs) })
        : refuse(c, verified.failure);
    },
  );
