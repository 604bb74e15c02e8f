import { describe, expect, it } from "vitest";
import type { ChatPage, ChatQuery, ChatView } from "../../src/account/index.ts";
import { listChats, streamChatsCsv } from "../../src/usage/chats.ts";

const ANY: ChatQuery = {
  limit: 10,
  before: null,
  fromMs: null,
  untilMs: null,
  model: null,
  keyId: null,
  ending: null,
};

const chat = (endedNo: number): ChatView => ({
  holdNo: endedNo - 1,
  endedNo,
  beganAt: 0,
  endedAt: 1000,
  model: "large",
  task: null,
  keyId: null,
  keyName: null,
  payer: "credits",
  usage: { input: 1, cachedInput: 0, output: 1 },
  prices: { inputPerMillion: 1, cachedInputPerMillion: null, outputPerMillion: 1 },
  estimated: false,
  costMicrocredits: 1,
  latencyMs: 1,
  ending: "complete",
  served: {},
});

/**
 * A stand-in for an account with this many entries, which reads ten of them a call. Only the
 * entries `chatsAt` are chats that match the query.
 */
function accountWith(entries: number, chatsAt: readonly number[]) {
  const queries: ChatQuery[] = [];
  const queryChats = (query: ChatQuery): Promise<ChatPage> => {
    queries.push(query);
    const before = query.before ?? entries + 1;
    const floor = Math.max(1, before - 10);
    const found = chatsAt.filter((no) => no >= floor && no < before).toSorted((a, b) => b - a);
    const chats = found.slice(0, query.limit).map(chat);
    const next = chats.length === query.limit ? (chats.at(-1)?.endedNo ?? floor) : floor;
    return Promise.resolve({ chats, next: next > 1 ? next : null, entriesLeft: next - 1 });
  };
  return { queryChats, queries };
}

const numbers = (page: { data: readonly { id: string }[] }) =>
  page.data.map(({ id }) => Number(id.slice(4)) + 1);

describe("a page of chats", () => {
  it("needs further calls when the first does not fill it, and stops after a few", async () => {
    const { queryChats, queries } = accountWith(100, [3, 64, 95]);
    const first = await listChats(queryChats, ANY);
    expect([numbers(first), first.hasMore]).toEqual([[95, 64], true]);
    expect(queries).toHaveLength(5);
    const second = await listChats(queryChats, { ...ANY, before: Number(first.nextCursor) });
    expect([numbers(second), second.hasMore, second.nextCursor]).toEqual([[3], false, null]);
  });

  it("ends after the last chat that fits, however many there are", async () => {
    const { queryChats } = accountWith(30, [30, 28, 26, 14, 12, 2]);
    const seen: number[] = [];
    let before: number | null = null;
    do {
      const page = await listChats(queryChats, { ...ANY, limit: 2, before });
      expect(page.data.length).toBeLessThanOrEqual(2);
      seen.push(...numbers(page));
      before = page.nextCursor === null ? null : Number(page.nextCursor);
    } while (before !== null);
    expect(seen).toEqual([30, 28, 26, 14, 12, 2]);
  });
});

it("a file of chats has the chats of every call, once", async () => {
  const { queryChats } = accountWith(60, [55, 34, 33, 2]);
  const text = await new Response(streamChatsCsv(queryChats, ANY, await queryChats(ANY))).text();
  const ids = text
    .split("\r\n")
    .slice(1, -1)
    .map((row) => row.split(",")[0]);
  expect(ids).toEqual(["hld_54", "hld_33", "hld_32", "hld_1"]);
});
