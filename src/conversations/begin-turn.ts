import { type Failure, fail, ok, type Result } from "../errors.ts";
import { newId } from "../ids.ts";
import { splitIntoChunks } from "../object/row-chunks.ts";
import { DAY_MS, SECOND_MS } from "../time.ts";
import { estimateTokens, fitHistory } from "./context-budget.ts";
import { createConversation } from "./create-conversation.ts";
import type { StoredConversation } from "./history-rows.ts";
import type { HistoryStore } from "./history-store.ts";
import type { AnsweredTurn, BeginTurnCommand, BeginTurnResult, TurnKey } from "./types.ts";

const KEY_TTL_MS = DAY_MS;
const TITLE_CHARACTERS_MAX = 80;

const toRefusal = (failure: Failure): BeginTurnResult => ({ kind: "refused", failure });

/** Makes the title of a conversation that nobody named: its beginning, cut after a word. */
function toTitle(text: string): string {
  const line = text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069\s]+/gu, " ").trim();
  if (line.length <= TITLE_CHARACTERS_MAX) return line;
  const [start] = splitIntoChunks(line, TITLE_CHARACTERS_MAX - 1);
  const isWordWhole = line.startsWith(" ", start.length);
  const lastSpace = isWordWhole ? start.length : start.lastIndexOf(" ");
  // Some languages have no spaces, and some words are addresses.
  return `${start.slice(0, lastSpace > TITLE_CHARACTERS_MAX / 2 ? lastSpace : start.length)}…`;
}

/**
 * Finds the answer to a key's first turn. Null when the key is free: new, a day old, or of a turn
 * that failed.
 */
function findReplay(
  store: HistoryStore,
  { key, fingerprint }: TurnKey,
  nowMs: number,
): Result<AnsweredTurn | null> {
  const param = "idempotency-key";
  const turn = store.findKeyedTurn(key);
  if (turn === null || turn.at < nowMs - KEY_TTL_MS) return ok(null);
  if (turn.fingerprint !== fingerprint)
    return fail(
      "idempotency_key_reused",
      "This Idempotency-Key was already used for a different request. Use a new key.",
      { param },
    );
  const conversation = store.findConversation(turn.conversationId);
  const userMessage =
    conversation === null ? null : store.findMessage(conversation.no, turn.sequence, nowMs);
  if (conversation === null || userMessage === null)
    return fail(
      "not_found",
      "The message sent with this Idempotency-Key was deleted. Use a new key.",
      {
        param,
      },
    );
  if (userMessage.status === "failed") return ok(null);
  const reply = store.findMessage(conversation.no, turn.sequence + 1, nowMs);
  if (reply === null)
    return fail(
      "idempotency_key_in_use",
      "The first request with this Idempotency-Key is still running. Try again in a moment.",
      { param },
    );
  return ok({ conversationId: conversation.id, asked: userMessage, reply });
}

function findOrCreateConversation(
  store: HistoryStore,
  reference: BeginTurnCommand["conversation"],
  nowMs: number,
): Result<StoredConversation> {
  if ("create" in reference) return createConversation(store, reference.create, nowMs);
  const found = store.findConversation(reference.id);
  return found === null
    ? fail("not_found", `There is no conversation ${reference.id}.`)
    : ok(found);
}

/**
 * Finds the place of a new message among the branches. Null where there is one branch only, which
 * it continues.
 * @param branchOf the id of the message whose place it takes; null: it continues what is shown
 */
function findPosition(
  store: HistoryStore,
  { no, leafSequence }: StoredConversation,
  branchOf: string | null,
): Result<{ parent: number | null; branch: number[]; formerLeaf: number | null } | null> {
  const { branches } = store;
  const tree = branchOf === null ? branches.find(no) : branches.load(no);
  if (tree === null) return ok(null);
  const formerLeaf = leafSequence ?? branches.newest(no);
  let parent = formerLeaf;
  if (branchOf !== null) {
    const replaced = branches.findSequence(no, branchOf);
    if (replaced === null)
      return fail("invalid_request", `branchOf: this conversation has no message ${branchOf}.`, {
        param: "branchOf",
      });
    parent = tree.parentOf(replaced);
  }
  return ok({ parent, branch: tree.branchTo(parent), formerLeaf });
}

/**
 * Begins a turn: stores the user's message, and gathers the history for the model. One transaction:
 * of two turns at once one comes first, each reserves the sequence number of its reply, and neither
 * sees the other's question.
 */
export function beginTurn(
  store: HistoryStore,
  command: BeginTurnCommand,
  nowMs: number,
): BeginTurnResult {
  const { text, key, room: budget } = command;
  if (key !== null) {
    const replay = findReplay(store, key, nowMs);
    if (!replay.ok) return toRefusal(replay.failure);
    if (replay.value !== null) return { kind: "replay", answered: replay.value };
  }
  const tokens = estimateTokens(text);
  if (tokens > budget.messageTokens)
    return toRefusal({
      code: "invalid_request",
      message: "message: is longer than the model's context. Shorten it.",
      param: "message",
    });
  const conversation = findOrCreateConversation(store, command.conversation, nowMs);
  if (!conversation.ok) return toRefusal(conversation.failure);
  const { id: conversationId, no } = conversation.value;
  const position = findPosition(store, conversation.value, command.branchOf ?? null);
  if (!position.ok) return toRefusal(position.failure);

  const lines = store.iterateHistoryLines(no, position.value?.branch ?? null);
  const earlier = fitHistory(lines, budget.messageTokens - tokens);
  const sequence = store.reserveSequences(no, 2, toTitle(text), nowMs);
  if (position.value !== null)
    store.branches.insert(no, sequence, position.value.parent, position.value.formerLeaf);
  store.branches.setLeaf(no, null);
  store.insertMessage(no, sequence, text, {
    id: newId("msg", nowMs),
    role: "user",
    status: "pending",
    fare: null,
    createdAt: nowMs,
    answerBy: nowMs + command.ttlSeconds * SECOND_MS,
  });
  if (key !== null) {
    store.pruneKeys(nowMs - KEY_TTL_MS);
    store.recordKey(key, conversationId, sequence, nowMs);
  }
  const userMessage = store.findMessage(no, sequence, nowMs);
  if (userMessage === null) throw new Error(`message ${sequence} was just written`);
  const history = [
    ...earlier.map(({ role, content }) => ({ role, content })),
    { role: "user" as const, content: text },
  ];
  const historyTokens = earlier.reduce((sum, line) => sum + line.tokens, tokens);
  return { kind: "begun", turn: { conversationId, asked: userMessage, history, historyTokens } };
}
