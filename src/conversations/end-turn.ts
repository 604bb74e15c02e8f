import { newId } from "../ids.ts";
import type { HistoryStore } from "./history-store.ts";
import type { EndedTurn, EndTurnCommand } from "./types.ts";

/**
 * Stores how a turn ended, once: repeated, it only answers what is stored.
 * @returns null where there is no reply: the turn failed or was dropped, or the conversation was
 *   deleted meanwhile
 */
export function endTurn(
  store: HistoryStore,
  { conversationId, place: sequence, end }: EndTurnCommand,
  nowMs: number,
): EndedTurn | null {
  const conversation = store.findConversation(conversationId);
  if (conversation === null) return null;
  const { no } = conversation;
  // The stored status decides, not whether its time is over: an answer that comes late was paid for
  // too.
  if (store.isPending(no, sequence)) {
    switch (end.kind) {
      case "answered":
        store.setStatus(no, sequence, "complete", null);
        store.insertMessage(no, sequence + 1, end.text, {
          id: newId("msg", nowMs),
          role: "assistant",
          status: end.status,
          fare: end.fare,
          createdAt: nowMs,
          answerBy: null,
        });
        if (end.error !== null) store.setStatus(no, sequence + 1, end.status, end.error);
        break;
      case "failed":
        store.setStatus(no, sequence, "failed", end.code);
        break;
      case "dropped":
        store.deleteMessage(no, sequence);
        store.branches.remove(no, sequence);
        store.deleteKey(conversationId, sequence);
        if (end.withConversation && !store.hasUserMessage(no)) store.deleteConversation(no);
        break;
    }
  }
  const userMessage = store.findMessage(no, sequence, nowMs);
  const reply = store.findMessage(no, sequence + 1, nowMs);
  if (userMessage === null || reply === null) return null;
  const { agentId } = conversation;
  // A greeting comes before the first message.
  const isFirstOfAgent = agentId !== null && sequence <= 1 && store.meetAgent(agentId, no);
  return { conversationId, asked: userMessage, reply, isFirstOfAgent };
}
