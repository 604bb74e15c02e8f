import type { StoredConversation } from "./history-rows.ts";
import type { HistoryStore } from "./history-store.ts";
import type { Conversation, HistoryItem, HistoryPage, ReadPosition } from "./types.ts";

/** An answer goes through memory and RPC whole. */
const PAGE_CHARACTERS_MAX = 4_000_000;
const PAGE_ITEMS_MAX = 1000;

/** Converts a stored conversation to the form that its owner sees. */
export const toConversation = ({
  no: _no,
  nextSequence: _nextSequence,
  leafSequence: _leafSequence,
  ...conversation
}: StoredConversation): Conversation => conversation;

/**
 * Reads the next part of everything that a user has: conversations oldest first, each with its
 * messages after it. Across conversations, so that ten thousand short ones do not take ten thousand
 * calls.
 * @param after the `readTo` of the part before; null is the beginning
 */
export function readHistoryPage(
  store: HistoryStore,
  after: ReadPosition | null,
  nowMs: number,
): HistoryPage {
  const items: HistoryItem[] = [];
  let characters = 0;
  /** Counts an item, and returns whether it fits into the page. The first one always does. */
  const fits = (more: number): boolean => {
    characters += more;
    return (
      items.length === 0 || (items.length < PAGE_ITEMS_MAX && characters <= PAGE_CHARACTERS_MAX)
    );
  };
  let readTo = after;
  for (const conversation of store.iterateConversationsFrom(after?.no ?? 0)) {
    const { no, systemPrompt } = conversation;
    if (readTo?.no !== no) {
      if (!fits(systemPrompt?.length ?? 0)) return { said: items, readTo };
      items.push({ kind: "conversation", conversation: toConversation(conversation) });
      readTo = { no, place: null };
    }
    for (const message of store.iterateConversationMessages(no, "asc", readTo.place, nowMs)) {
      if (!fits(message.content.length)) return { said: items, readTo };
      items.push({ kind: "message", message });
      readTo = { no, place: message.place };
    }
  }
  return { said: items, readTo: null };
}
