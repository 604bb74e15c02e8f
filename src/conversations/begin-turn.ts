import { type Failure, fail, ok, type Result } from "../errors.ts";
import { newId } from "../ids.ts";
import { fit, tokensOf } from "./fit.ts";
import { addConversation } from "./keep.ts";
import { cutIntoPieces } from "./pieces.ts";
import type { HistoryStore, StoredConversation } from "./store.ts";
import type { Answered, BeginReply, BeginTurn, TurnKey } from "./types.ts";

const KEY_KEPT_MS = 24 * 60 * 60 * 1000;
const TITLE_CHARACTERS = 80;

const refused = (failure: Failure): BeginReply => ({ kind: "refused", failure });

/** What a conversation is called that nobody named: how it begins. */
function titleFrom(text: string): string {
  const line = text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069\s]+/gu, " ").trim();
  return line.length <= TITLE_CHARACTERS
    ? line
    : `${cutIntoPieces(line, TITLE_CHARACTERS - 1)[0].trimEnd()}…`;
}

/**
 * The answer to a key's first turn; null when the key is free: new, a day old, or of a turn that
 * failed.
 */
function firstAnswer(
  store: HistoryStore,
  { key, fingerprint }: TurnKey,
  nowMs: number,
): Result<Answered | null> {
  const param = "idempotency-key";
  const turn = store.keyedTurn(key);
  if (turn === null || turn.at < nowMs - KEY_KEPT_MS) return ok(null);
  if (turn.fingerprint !== fingerprint)
    return fail(
      "idempotency_key_reused",
      "This Idempotency-Key was used with another request. Use a new one.",
      { param },
    );
  const conversation = store.find(turn.conversationId);
  const userMessage = conversation === null ? null : store.message(conversation.no, turn.place, nowMs);
  if (conversation === null || userMessage === null)
    return fail("not_found", "What this Idempotency-Key said has been deleted. Use a new one.", {
      param,
    });
  if (userMessage.status === "failed") return ok(null);
  const reply = store.message(conversation.no, turn.place + 1, nowMs);
  if (reply === null)
    return fail(
      "idempotency_key_in_use",
      "The first request with this Idempotency-Key is still running.",
      { param },
    );
  return ok({ conversationId: conversation.id, asked: userMessage, reply });
}

function conversationOf(
  store: HistoryStore,
  where: BeginTurn["conversation"],
  nowMs: number,
): Result<StoredConversation> {
  if ("create" in where) return addConversation(store, where.create, nowMs);
  const found = store.find(where.id);
  return found === null ? fail("not_found", `There is no conversation ${where.id}.`) : ok(found);
}

/**
 * Writes down what the user says, and gathers what the model is to see. One transaction: of two
 * turns at once one comes first, each with a place of its own for its reply, and neither sees the
 * other's question.
 */
export function beginTurn(store: HistoryStore, command: BeginTurn, nowMs: number): BeginReply {
  const { text, key, room } = command;
  if (key !== null) {
    const first = firstAnswer(store, key, nowMs);
    if (!first.ok) return refused(first.failure);
    if (first.value !== null) return { kind: "replay", answered: first.value };
  }
  const tokens = tokensOf(text);
  if (tokens > room.messageTokens)
    return refused({
      code: "invalid_request",
      message: "message: is longer than the model can read.",
      param: "message",
    });
  const conversation = conversationOf(store, command.conversation, nowMs);
  if (!conversation.ok) return refused(conversation.failure);
  const { id: conversationId, no } = conversation.value;

  const before = fit(store.iterateHistoryLines(no), room.messageTokens - tokens);
  const place = store.takePlaces(no, 2, titleFrom(text), nowMs);
  store.addMessage(no, place, text, {
    id: newId("msg", nowMs),
    role: "user",
    status: "pending",
    fare: null,
    createdAt: nowMs,
    answerBy: nowMs + command.ttlSeconds * 1000,
  });
  if (key !== null) {
    store.forgetKeys(nowMs - KEY_KEPT_MS);
    store.recordKey(key, conversationId, place, nowMs);
  }
  const userMessage = store.message(no, place, nowMs);
  if (userMessage === null) throw new Error(`message ${place} was just written`);
  const history = [
    ...before.map(({ role, content }) => ({ role, content })),
    { role: "user" as const, content: text },
  ];
  const historyTokens = before.reduce((sum, line) => sum + line.tokens, tokens);
  return { kind: "begun", turn: { conversationId, asked: userMessage, history, historyTokens } };
}
