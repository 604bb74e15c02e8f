import type { HistoryStore, StoredConversation } from "./history-store.ts";
import type { Conversation, HistoryItem, HistoryPage, ReadPosition } from "./types.ts";

/** A reply goes through memory and RPC whole. */
const PAGE_CHARACTERS_MAX = 4_000_000;
const PAGE_ITEMS_MAX = 1000;

/** A stored conversation as its owner sees it. */
export const toConversation = ({
  no: _no,
  nextSequence: _nextSequence,
  ...conversation
}: StoredConversation): Conversation => conversation;

/**
 * Reads on through everything that a user has: conversations oldest first, each with its messages
 * after it. Across conversations, so that ten thousand short ones do not take ten thousand calls.
 * @param after what the part before gave as `readTo`; null is the beginning
 */
export function readHistoryPage(
  store: HistoryStore,
  after: ReadPosition | null,
  nowMs: number,
): HistoryPage {
  const items: HistoryItem[] = [];
  let characters = 0;
  /** Whether so much more has place. One thing always has. */
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
