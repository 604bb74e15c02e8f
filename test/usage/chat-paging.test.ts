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
  keyId: null,
  keyName: null,
  payer: "credits",
  usage: { input: 1, cachedInput: 0, output: 1 },
  estimated: false,
  costMicrocredits: 1,
  latencyMs: 1,
  ending: "complete",
});

/**
 * An account of so many entries that looks at ten of them a call, where only these are chats that
 * are asked for.
 */
function accountWith(entries: number, chatsAt: readonly number[]) {
  const asked: ChatQuery[] = [];
  const ask = (query: ChatQuery): Promise<ChatPage> => {
    asked.push(query);
    const before = query.before ?? entries + 1;
    const floor = Math.max(1, before - 10);
    const found = chatsAt.filter((no) => no >= floor && no < before).toSorted((a, b) => b - a);
    const chats = found.slice(0, query.limit).map(chat);
    const next = chats.length === query.limit ? (chats.at(-1)?.endedNo ?? floor) : floor;
    return Promise.resolve({ chats, next: next > 1 ? next : null, entriesLeft: next - 1 });
  };
  return { ask, asked };
}

const numbers = (page: { data: readonly { id: string }[] }) =>
  page.data.map(({ id }) => Number(id.slice(4)) + 1);

describe("a page of chats", () => {
  it("goes on looking where the first look did not fill it, and stops after a few", async () => {
    const { ask, asked } = accountWith(100, [3, 64, 95]);
    const first = await listChats(ask, ANY);
    expect([numbers(first), first.hasMore]).toEqual([[95, 64], true]);
    expect(asked).toHaveLength(5);
    const second = await listChats(ask, { ...ANY, before: Number(first.nextCursor) });
    expect([numbers(second), second.hasMore, second.nextCursor]).toEqual([[3], false, null]);
  });

  it("ends after the last that fits, however many there are", async () => {
    const { ask } = accountWith(30, [30, 28, 26, 14, 12, 2]);
    const seen: number[] = [];
    let before: number | null = null;
    do {
      const page = await listChats(ask, { ...ANY, limit: 2, before });
      expect(page.data.length).toBeLessThanOrEqual(2);
      seen.push(...numbers(page));
      before = page.nextCursor === null ? null : Number(page.nextCursor);
    } while (before !== null);
    expect(seen).toEqual([30, 28, 26, 14, 12, 2]);
  });
});

it("a file of chats has those of every look, once", async () => {
  const { ask } = accountWith(60, [55, 34, 33, 2]);
  const text = await new Response(streamChatsCsv(ask, ANY, await ask(ANY))).text();
  const ids = text
    .split("\r\n")
    .slice(1, -1)
    .map((row) => row.split(",")[0]);
  expect(ids).toEqual(["hld_54", "hld_33", "hld_32", "hld_1"]);
});
