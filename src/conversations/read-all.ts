import type { HistoryStore, StoredConversation } from "./store.ts";
import type { Conversation, ReadTo, Said, SaidPage } from "./types.ts";

/** A reply goes through memory and RPC whole. */
const MOST_CHARACTERS = 4_000_000;
const MOST_THINGS = 1000;

/** A stored conversation as its owner sees it. */
export const showStored = ({
  no: _no,
  nextPlace: _nextPlace,
  ...conversation
}: StoredConversation): Conversation => conversation;

/**
 * Reads on through everything that a user has: conversations oldest first, each with its messages
 * after it. Across conversations, so that ten thousand short ones do not take ten thousand calls.
 * @param after what the part before gave as `readTo`; null is the beginning
 */
export function readAll(store: HistoryStore, after: ReadTo | null, nowMs: number): SaidPage {
  const said: Said[] = [];
  let characters = 0;
  /** Whether so much more has place. One thing always has. */
  const fits = (more: number): boolean => {
    characters += more;
    return said.length === 0 || (said.length < MOST_THINGS && characters <= MOST_CHARACTERS);
  };
  let readTo = after;
  for (const conversation of store.iterateConversationsFrom(after?.no ?? 0)) {
    const { no, systemPrompt } = conversation;
    if (readTo?.no !== no) {
      if (!fits(systemPrompt?.length ?? 0)) return { said, readTo };
      said.push({ kind: "conversation", conversation: showStored(conversation) });
      readTo = { no, place: null };
    }
    for (const message of store.iterateConversationMessages(no, "asc", readTo.place, nowMs)) {
      if (!fits(message.content.length)) return { said, readTo };
      said.push({ kind: "message", message });
      readTo = { no, place: message.place };
    }
  }
  return { said, readTo: null };
}
