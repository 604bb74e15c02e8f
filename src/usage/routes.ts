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
import { fail, ok, type Result } from "../errors.ts";
import { list } from "../http/answer-fields.ts";
import { boundedText } from "../http/bounded.ts";
import { csvFile, csvRows } from "../http/csv.ts";
import { dayRangeQuery, parseDayRange } from "../http/day-range.ts";
import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { deleteKept, findKept, keptChatView, showKept } from "../kept/index.ts";
import { orUnavailable } from "../object/or-unavailable.ts";
import { DAY_MS, HOUR_MS, toIso } from "../time.ts";
import { toCredits } from "../units.ts";
import { fetchTotals, showSeries, sumTotals } from "./chat-series.ts";
import { listChats, showChatDetails, streamChatsCsv } from "./chats.ts";
import { readCursor } from "./cursor.ts";
import { DAILY_COLUMNS, mergeDailyUsage, showDailyUsage } from "./daily.ts";
import { CHAT_ID, findChat, toHoldNo } from "./find-chat.ts";
import { listGrants } from "./grants.ts";
import { listIncludedModels } from "./included-models.ts";
import { showCredits, showEntry, showOpenRouterKey, showUsage } from "./show.ts";
import { showGeneration } from "./show-generation.ts";
import {
  chatDetailsView,
  chatView,
  creditBalanceView,
  dailyUsageView,
  generationView,
  grantView,
  ledgerView,
  openRouterCreditsView,
  openRouterKeyView,
  usageSeriesView,
  usageView,
} from "./wire.ts";

const DAYS_MAX = 366;
/** The most entries that a CSV looks at. Each chat is two of them. */
const CSV_ENTRIES_MAX = 200_000;
const CHATS_PER_CALL = 1000;
/** The most hours of a series by the hour. */
const HOURS_MAX = 72;

const CSV = { alternative: "text/csv" } as const;

const format = z.enum(["json", "csv"]).default("json");
const dailyQuery = dayRangeQuery.extend({ format });
const chatFilters = {
  model: boundedText(200).min(1).optional(),
  key: boundedText(100)
    .regex(new RegExp(`^(key_\\w{1,64}|${NO_KEY})$`), `must be an API key ID or "${NO_KEY}"`)
    .optional(),
  ending: z.enum(CHAT_ENDINGS).optional(),
};
const chatsQuery = pageQuery
  .extend(dayRangeQuery.shape)
  .extend({ format, ...chatFilters })
  .strict();

const seriesQuery = dayRangeQuery.extend({
  ...chatFilters,
  hours: z.coerce.number().int().min(1).max(HOURS_MAX).optional(),
  by: z.enum(["model", "key"]).default("model"),
  compare: z.enum(["previous"]).optional(),
});

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

/** The time of a series, and the length of its stretches, in ms. */
function toSeriesTime(
  params: z.infer<typeof seriesQuery>,
  nowMs: number,
): Result<{ fromMs: number; toMs: number; bucketMs: number }> {
  const { hours } = params;
  if (hours === undefined) {
    const days = parseDayRange(params, DAYS_MAX, nowMs);
    return days.ok ? ok({ ...days.value, bucketMs: DAY_MS }) : days;
  }
  if (params.from !== undefined || params.to !== undefined)
    return fail("invalid_request", "hours: can't be combined with from or to", {
      param: "hours",
    });
  const toMs = (Math.floor(nowMs / HOUR_MS) + 1) * HOUR_MS;
  return ok({ fromMs: toMs - hours * HOUR_MS, toMs, bucketMs: HOUR_MS });
}

/** `/api/usage`: the use of the plan and of credits, in all, by day and by chat. */
export const usageRoutes = router()
  .get(
    "/",
    requireCaller("read"),
    describeRoute("Returns the caller's allowances and credits.", usageView, []),
    async (c) => {
      const { userId } = c.var.caller;
      const [summary, agentCount] = await Promise.all([
        orUnavailable(creditAccount(c.env, userId).summary()),
        countAgents(c.var.ctx.db, userId),
      ]);
      if (!summary.ok) return refuse(c, summary.failure);
      const includedModels = await listIncludedModels(c.var.ctx, summary.value);
      return c.json({ ...showUsage(summary.value, agentCount), includedModels });
    },
  )
  .get(
    "/daily",
    requireCaller("read"),
    validate("query", dailyQuery),
    describeRoute("Lists daily usage by model, as JSON or CSV.", dailyUsageView, [], CSV),
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
    "/series",
    requireCaller("read"),
    validate("query", seriesQuery),
    describeRoute(
      "Returns the caller's chats by day or hour, and by model or key, for charts.",
      usageSeriesView,
      [],
    ),
    async (c) => {
      const params = c.req.valid("query");
      const { model = null, key: keyId = null, ending = null, by, compare } = params;
      const time = toSeriesTime(params, c.var.ctx.nowMs);
      if (!time.ok) return refuse(c, time.failure);
      const { fromMs, toMs, bucketMs } = time.value;
      const account = creditAccount(c.env, c.var.caller.userId);
      const totalsOf = (sinceMs: number, untilMs: number) =>
        fetchTotals((query) => orUnavailable(account.chatTotals(query)), {
          before: null,
          fromMs: sinceMs,
          untilMs,
          model,
          keyId,
          ending,
          bucketMs,
        });
      const [totals, previous, keys] = await Promise.all([
        totalsOf(fromMs, toMs),
        compare === undefined ? ok(null) : totalsOf(2 * fromMs - toMs, fromMs),
        by === "key" ? orUnavailable(account.listKeys()) : [],
      ]);
      if (!totals.ok) return refuse(c, totals.failure);
      if (!previous.ok) return refuse(c, previous.failure);
      const keyNames = new Map(keys.map((one) => [one.keyId, one.name]));
      return c.json({
        from: toIso(fromMs),
        to: toIso(toMs),
        bucket: bucketMs === HOUR_MS ? ("hour" as const) : ("day" as const),
        points: showSeries(totals.value, bucketMs, by, keyNames),
        totals: sumTotals(totals.value),
        previous: previous.value === null ? null : sumTotals(previous.value),
      });
    },
  )
  .get(
    "/chats",
    requireCaller("read"),
    validate("query", chatsQuery),
    describeRoute(
      "Lists the caller's latest chats with model, tokens and cost, as JSON or CSV.",
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
          message: "from: the range has too many chats. Ask for fewer days.",
          param: "from",
        });
      return csvFile(c, "chats", streamChatsCsv(queryChats, unpaged, first));
    },
  )

  .get(
    "/chats/:id",
    requireCaller("read"),
    describeRoute(
      "Returns one of the caller's chats by its ID, or the x-farebox-generation-id of its reply.",
      chatDetailsView,
      ["not_found"],
    ),
    async (c) => {
      const chat = await findChat(c.env, c.var.caller.userId, c.req.param("id"));
      return chat.ok
        ? c.json(showChatDetails(chat.value, c.var.ctx.config.SHOW_VENDOR))
        : refuse(c, chat.failure);
    },
  );

/** `/api/credits`: the balance, every entry that moved it, and every grant. */
export const creditRoutes = router()
  .get(
    "/",
    requireCaller("read"),
    describeRoute("Returns the credit balance.", creditBalanceView, []),
    async (c) => {
      const summary = await orUnavailable(creditAccount(c.env, c.var.caller.userId).summary());
      return summary.ok ? c.json(showCredits(summary.value)) : refuse(c, summary.failure);
    },
  )
  .get(
    "/ledger",
    requireCaller("read"),
    validate("query", pageQuery),
    describeRoute("Lists all ledger entries, newest first.", ledgerView, []),
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
    describeRoute("Lists credit grants, newest first.", list(grantView), []),
    async (c) => {
      const page = await listGrants(c.env, c.var.caller.userId, c.req.valid("query"));
      return page.ok ? c.json(page.value) : refuse(c, page.failure);
    },
  );

const generationQuery = z.strictObject({
  id: boundedText(100).regex(CHAT_ID, "must be the x-farebox-generation-id of a reply"),
});

/** `/v1/credits`, `/v1/key` and `/v1/generation`, for clients of OpenRouter. */
export const openRouterRoutes = router()
  .get(
    "/credits",
    requireCaller("read"),
    describeRoute(
      "Returns total credits and usage, in OpenRouter's format.",
      openRouterCreditsView,
      [],
    ),
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
    "/generation",
    requireCaller("read"),
    validate("query", generationQuery),
    describeRoute(
      "Returns one chat by the x-farebox-generation-id of its reply, in OpenRouter's format.",
      generationView,
      ["not_found"],
    ),
    async (c) => {
      const { id } = c.req.valid("query");
      const chat = await findChat(c.env, c.var.caller.userId, id);
      return chat.ok
        ? c.json({ data: showGeneration(id, chat.value, c.var.ctx.config.SHOW_VENDOR) })
        : refuse(c, chat.failure);
    },
  )
  .get(
    "/generation/:id/content",
    requireCaller("read"),
    describeRoute(
      "Returns the prompt and the reply of a chat whose API key has them kept.",
      keptChatView,
      ["not_found"],
    ),
    async (c) => {
      const { userId } = c.var.caller;
      const holdNo = toHoldNo(c.req.param("id"));
      if (!holdNo.ok) return refuse(c, holdNo.failure);
      const kept = await findKept(c.env, userId, holdNo.value);
      return kept.ok ? c.json(showKept(kept.value)) : refuse(c, kept.failure);
    },
  )
  .delete(
    "/generation/:id/content",
    requireCaller("write"),
    describeRoute("Deletes the prompt and the reply that are kept of a chat.", null, ["not_found"]),
    async (c) => {
      const { userId } = c.var.caller;
      const holdNo = toHoldNo(c.req.param("id"));
      const deleted = holdNo.ok ? await deleteKept(c.env, userId, holdNo.value) : holdNo;
      return deleted.ok ? c.body(null, 204) : refuse(c, deleted.failure);
    },
  )
  .get(
    "/key",
    identify,
    describeRoute(
      "Returns the API key of the request, in OpenRouter's format.",
      openRouterKeyView,
      ["invalid_request"],
    ),
    async (c) => {
      const { userId, via } = c.var.caller;
      if (via.kind !== "key")
        return refuse(c, {
          code: "invalid_request",
          message: "This route describes the API key of the request. Send one.",
        });
      const verified = await orUnavailable(
        creditAccount(c.env, userId).verifyKey({ hash: via.hash, scope: null }),
      );
      return verified.ok
        ? c.json({ data: showOpenRouterKey(verified.value.key, c.var.ctx.nowMs) })
        : refuse(c, verified.failure);
    },
  );
