import type { ChatPage, ChatQuery, ChatView } from "../account/index.ts";
import { type Cell, csvRows } from "../http/csv.ts";
import type { Page } from "../http/page.ts";
import { toCredits } from "../units.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * A row of `GET /api/usage/chats`. `cost` is in credits: 0 where the plan paid, and where nothing
 * was served.
 */
export const showChat = (chat: ChatView) => ({
  id: `hld_${chat.holdNo}`,
  createdAt: iso(chat.beganAt),
  endedAt: iso(chat.endedAt),
  model: chat.model,
  key: chat.keyId === null ? null : { id: chat.keyId, name: chat.keyName },
  inputTokens: chat.usage.input,
  cachedInputTokens: chat.usage.cachedInput,
  outputTokens: chat.usage.output,
  estimated: chat.estimated,
  cost: toCredits(chat.costMicrocredits),
  payer: chat.payer,
  latencyMs: chat.latencyMs,
  ending: chat.ending,
});

const CHAT_COLUMNS: readonly (readonly [
  name: string,
  of: (chat: ReturnType<typeof showChat>) => Cell,
])[] = [
  ["id", ({ id }) => id],
  ["created_at", ({ createdAt }) => createdAt],
  ["ended_at", ({ endedAt }) => endedAt],
  ["model", ({ model }) => model],
  ["key_id", ({ key }) => key?.id ?? null],
  ["key_name", ({ key }) => key?.name ?? null],
  ["input_tokens", ({ inputTokens }) => inputTokens],
  ["cached_input_tokens", ({ cachedInputTokens }) => cachedInputTokens],
  ["output_tokens", ({ outputTokens }) => outputTokens],
  ["estimated", ({ estimated }) => estimated],
  ["cost", ({ cost }) => cost],
  ["payer", ({ payer }) => payer],
  ["latency_ms", ({ latencyMs }) => latencyMs],
  ["ending", ({ ending }) => ending],
];
const CSV_HEADER = CHAT_COLUMNS.map(([name]) => name);

function toCells(view: ChatView): Cell[] {
  const chat = showChat(view);
  return CHAT_COLUMNS.map(([, of]) => of(chat));
}

/** Asks the account for chats: each call looks at a bounded number of entries. */
export type QueryChats = (query: ChatQuery) => Promise<ChatPage>;

/**
 * How often the account is asked for one page: where a filter lets little through, a page may come
 * before it is full.
 */
const CALLS_PER_PAGE_MAX = 5;

/**
 * One page of chats. One that is not full, and is not the last either, means that more had to be
 * looked at than is done for one.
 */
export async function listChats(
  queryChats: QueryChats,
  query: ChatQuery,
): Promise<Page<ReturnType<typeof showChat>>> {
  const found: ChatView[] = [];
  let { before } = query;
  for (let calls = 0; calls < CALLS_PER_PAGE_MAX; calls++) {
    const { chats, next } = await queryChats({
      ...query,
      before,
      limit: query.limit + 1 - found.length,
    });
    found.push(...chats);
    before = next;
    if (next === null || found.length > query.limit) break;
  }
  const shown = found.slice(0, query.limit);
  const nextNo = found.length > query.limit ? (shown.at(-1)?.endedNo ?? null) : before;
  const nextCursor = nextNo === null ? null : String(nextNo);
  return { object: "list", data: shown.map(showChat), hasMore: nextCursor !== null, nextCursor };
}

/**
 * Chats as CSV, asked for as they are read.
 * @param first the answer to `query`, which has been asked for already
 */
export function streamChatsCsv(
  queryChats: QueryChats,
  query: ChatQuery,
  first: ChatPage,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let page = first;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(csvRows([CSV_HEADER, ...page.chats.map(toCells)])));
    },
    async pull(controller) {
      if (page.next === null) {
        controller.close();
        return;
      }
      page = await queryChats({ ...query, before: page.next });
      controller.enqueue(encoder.encode(csvRows(page.chats.map(toCells))));
    },
  });
}
