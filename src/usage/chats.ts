import type { ChatView as Chat, ChatPage, ChatQuery } from "../account/index.ts";
import { type Cell, csvRows } from "../http/csv.ts";
import type { Page } from "../http/page.ts";
import { toIso } from "../time.ts";
import { toCredits } from "../units.ts";
import type { ChatDetailsView, ChatView } from "./wire.ts";

/** Shows what a chat was charged beside its tokens. */
function showUnits({ prices, usage, payer }: Chat): Pick<ChatView, "units" | "requestPrice"> {
  const { unit, requestMicrocredits } = prices;
  const isServed = payer !== null;
  return {
    ...(unit !== undefined && isServed
      ? {
          units: {
            kind: unit.kind,
            ...(unit.variant === undefined ? {} : { variant: unit.variant }),
            count: usage.units ?? 0,
            price: toCredits(unit.microcreditsPerMillion),
          },
        }
      : {}),
    ...(requestMicrocredits === undefined ? {} : { requestPrice: toCredits(requestMicrocredits) }),
  };
}

/**
 * Shows a chat as `GET /api/usage/chats` does. `cost` is in credits: 0 where the plan paid, and
 * where nothing was served.
 */
export const showChat = (chat: Chat): ChatView => ({
  id: `hld_${chat.holdNo}`,
  createdAt: toIso(chat.beganAt),
  endedAt: toIso(chat.endedAt),
  model: chat.model,
  ...(chat.task === null ? {} : { task: chat.task }),
  key: chat.keyId === null ? null : { id: chat.keyId, name: chat.keyName },
  inputTokens: chat.usage.input,
  cachedInputTokens: chat.usage.cachedInput,
  outputTokens: chat.usage.output,
  pricing: {
    input: toCredits(chat.prices.inputPerMillion),
    cachedInput: toCredits(chat.prices.cachedInputPerMillion ?? chat.prices.inputPerMillion),
    output: toCredits(chat.prices.outputPerMillion),
  },
  ...showUnits(chat),
  estimated: chat.estimated,
  cost: toCredits(chat.costMicrocredits),
  payer: chat.payer,
  latencyMs: chat.latencyMs,
  ending: chat.ending,
});

/**
 * Shows one chat, with who served it.
 * @param showsVendor whether its provider is named
 */
export const showChatDetails = (chat: Chat, showsVendor: boolean): ChatDetailsView => ({
  ...showChat(chat),
  firstByteMs: chat.served.firstByteMs ?? null,
  streamed: chat.served.isStream ?? null,
  upstream: showsVendor ? (chat.served.upstream ?? null) : null,
});

const CHAT_COLUMNS: readonly (readonly [name: string, of: (chat: ChatView) => Cell])[] = [
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
  ["task", ({ task }) => task ?? "chat"],
  ["unit", ({ units }) => units?.kind ?? null],
  ["units", ({ units }) => units?.count ?? null],
];
const CSV_HEADER = CHAT_COLUMNS.map(([name]) => name);

function toCells(view: Chat): Cell[] {
  const chat = showChat(view);
  return CHAT_COLUMNS.map(([, of]) => of(chat));
}

/** Queries the account for chats. Each call looks at a bounded number of entries. */
export type QueryChats = (query: ChatQuery) => Promise<ChatPage>;

/**
 * The most calls to the account for one page. Where a filter lets little through, a page may come
 * before it is full.
 */
const CALLS_PER_PAGE_MAX = 5;

/**
 * Lists one page of chats. A page that is neither full nor the last one means that the search for
 * it reached its bound.
 */
export async function listChats(queryChats: QueryChats, query: ChatQuery): Promise<Page<ChatView>> {
  const found: Chat[] = [];
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
 * Streams chats as CSV. Each page is fetched when it is read.
 * @param first the answer to `query`, which has been fetched already
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
