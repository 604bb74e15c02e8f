import type { StoredConversation } from "./history-rows.ts";
import type { HistoryStore } from "./history-store.ts";
import type { Message, MessagePage } from "./types.ts";

/** An answer goes through memory and RPC whole. */
const PAGE_CHARACTERS_MAX = 4_000_000;

export interface MessagePageQuery {
  readonly limit: number;
  readonly order: "asc" | "desc";
  /** The sequence number of the last message of the page before. */
  readonly after: number | null;
  /** Whether only the branch that is shown is read. Older versions leave it out. */
  readonly branches?: "active" | "all";
}

/**
 * Reads a page of a conversation's messages. It has at least one, and may be shorter than `limit`
 * where they are long.
 */
export function readMessagePage(
  store: HistoryStore,
  conversation: StoredConversation,
  { limit, order, after, branches = "active" }: MessagePageQuery,
  nowMs: number,
): MessagePage {
  const messages: Message[] = [];
  let characters = 0;
  const all =
    branches === "active"
      ? store.iterateBranchMessages(conversation, order, after, nowMs)
      : store.iterateConversationMessages(conversation.no, order, after, nowMs);
  for (const message of all) {
    characters += message.content.length;
    const isTooLong = messages.length > 0 && characters > PAGE_CHARACTERS_MAX;
    if (messages.length === limit || isTooLong) return { messages, hasMore: true };
    messages.push(message);
  }
  return { messages, hasMore: false };
}
