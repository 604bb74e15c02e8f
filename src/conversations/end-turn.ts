import { newId } from "../ids.ts";
import type { HistoryStore } from "./store.ts";
import type { Answered, EndTurn } from "./types.ts";

/**
 * Writes down how a turn ended, once: told again, it only answers what is there. Null where there
 * is nothing to answer: the turn failed or was dropped, or the conversation was deleted meanwhile.
 */
export function endTurn(
  store: HistoryStore,
  { conversationId, place, end }: EndTurn,
  nowMs: number,
): Answered | null {
  const conversation = store.find(conversationId);
  if (conversation === null) return null;
  const { no } = conversation;
  // The stored status decides, not whether it was given up meanwhile: an answer that comes late was
  // paid for too.
  if (store.isPending(no, place)) {
    switch (end.kind) {
      case "answered":
        store.setStatus(no, place, "complete", null);
        store.addMessage(no, place + 1, end.text, {
          id: newId("msg", nowMs),
          role: "assistant",
          status: end.status,
          fare: end.fare,
          createdAt: nowMs,
          answerBy: null,
        });
        break;
      case "failed":
        store.setStatus(no, place, "failed", end.code);
        break;
      case "dropped":
        store.removeMessage(no, place);
        store.freeKey(conversationId, place);
        if (end.withConversation && !store.hasUserMessage(no)) store.remove(no);
        break;
    }
  }
  const userMessage = store.message(no, place, nowMs);
  const reply = store.message(no, place + 1, nowMs);
  return userMessage === null || reply === null ? null : { conversationId, asked: userMessage, reply };
}
