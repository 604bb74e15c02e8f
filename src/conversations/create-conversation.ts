import { fail, ok, type Result } from "../errors.ts";
import { newId } from "../ids.ts";
import type { StoredConversation } from "./history-rows.ts";
import type { HistoryStore } from "./history-store.ts";
import type { NewConversation } from "./types.ts";

/** A conversation is free, and its storage is not. */
const CONVERSATIONS_MAX = 10_000;

/** Creates a conversation, which begins with its agent's greeting if there is one. */
export function createConversation(
  store: HistoryStore,
  terms: NewConversation,
  nowMs: number,
): Result<StoredConversation> {
  if (store.countConversations() >= CONVERSATIONS_MAX)
    return fail(
      "limit_reached",
      `You've reached the limit of ${CONVERSATIONS_MAX} conversations. Delete some before ` +
        "you start another.",
    );
  const conversation = store.insertConversation(newId("cnv", nowMs), terms, nowMs);
  if (terms.greeting !== null) {
    store.insertMessage(conversation.no, 0, terms.greeting, {
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
