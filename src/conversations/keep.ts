import { fail, ok, type Result } from "../errors.ts";
import { newId } from "../ids.ts";
import type { HistoryStore, StoredConversation } from "./store.ts";
import type { NewConversation } from "./types.ts";

/** Making one is free, and storage is not. */
const MOST_CONVERSATIONS = 10_000;

/** Makes a conversation, which begins with its agent's greeting if there is one. */
export function addConversation(
  store: HistoryStore,
  terms: NewConversation,
  nowMs: number,
): Result<StoredConversation> {
  if (store.count() >= MOST_CONVERSATIONS)
    return fail(
      "conflict",
      `You have ${MOST_CONVERSATIONS} conversations: delete some before you begin another.`,
    );
  const conversation = store.add(newId("cnv", nowMs), terms, nowMs);
  if (terms.greeting !== null) {
    store.addMessage(conversation.no, 0, terms.greeting, {
      id: newId("msg", nowMs),
      role: "assistant",
      status: "complete",
      fare: null,
      createdAt: nowMs,
      answerBy: null,
    });
  }
  return ok(conversation);
}
