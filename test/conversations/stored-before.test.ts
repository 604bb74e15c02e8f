import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";

/** The tables as commit 7f20b3e created them. */
const TABLES = `
  CREATE TABLE conversations (
    conversation_no INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    title TEXT,
    agent_id TEXT,
    model TEXT,
    system_prompt TEXT,
    next_place INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
  );
  CREATE TABLE messages (
    conversation_no INTEGER NOT NULL,
    place INTEGER NOT NULL,
    id TEXT NOT NULL,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    content TEXT NOT NULL,
    more_parts INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    answer_by_ms INTEGER,
    error TEXT,
    fare TEXT,
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (conversation_no, place)
  ) WITHOUT ROWID;
  CREATE TABLE more_text (
    conversation_no INTEGER NOT NULL,
    place INTEGER NOT NULL,
    part INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (conversation_no, place, part)
  ) WITHOUT ROWID;
  CREATE TABLE turn_keys (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE schema_steps (step INTEGER PRIMARY KEY);
  INSERT INTO schema_steps (step) VALUES (0);`;

const NOON = Date.UTC(2082, 10, 20, 12);

/** A message in the pieces of commit 7f20b3e, whose limit falls between two code units. */
const PIECES = ["a".repeat(499_999), `🎟${"ü".repeat(499_998)}`, "ü".repeat(200_002)] as const;

const FARE = { model: "local-small", inputTokens: 5, outputTokens: 2, microcredits: 10 };

/** The rows of one conversation, taken from a run of that commit. */
function writeHistory(sql: SqlStorage): void {
  sql.exec(TABLES);
  sql.exec(
    "INSERT INTO conversations VALUES (1, 'cnv_1', 'Title', NULL, 'local-small', NULL, 2, ?, ?)",
    NOON,
    NOON + 1,
  );
  const [first, ...rest] = PIECES;
  sql.exec(
    `INSERT INTO messages VALUES
      (1, 0, 'msg_1', 'user', 'complete', ?, 2, 1900011, NULL, NULL, NULL, ?),
      (1, 1, 'msg_2', 'assistant', 'complete', 'Short.', 0, 11, NULL, NULL, ?, ?)`,
    first,
    NOON,
    JSON.stringify(FARE),
    NOON + 2,
  );
  for (const [part, piece] of rest.entries())
    sql.exec("INSERT INTO more_text VALUES (1, 0, ?, ?)", part, piece);
}

it("a conversation that was stored by an older version is read whole and goes on", async () => {
  const history = env.CHAT_HISTORY.get(env.CHAT_HISTORY.newUniqueId());
  await runInDurableObject(history, (_instance, { storage }) => writeHistory(storage.sql));
  const page = await history.messages("cnv_1", { limit: 10, order: "asc", after: null });
  expect(page).toMatchObject({
    ok: true,
    value: {
      messages: [
        { id: "msg_1", place: 0, role: "user", status: "complete", content: PIECES.join("") },
        { id: "msg_2", place: 1, role: "assistant", content: "Short.", fare: FARE },
      ],
      hasMore: false,
    },
  });
  const begun = await history.begin({
    conversation: { id: "cnv_1" },
    text: "Again.",
    key: null,
    room: { messageTokens: 4_000_000 },
    ttlSeconds: 60,
  });
  expect(begun).toMatchObject({
    kind: "begun",
    turn: {
      asked: { place: 2 },
      history: [
        { role: "user", content: PIECES.join("") },
        { role: "assistant", content: "Short." },
        { role: "user", content: "Again." },
      ],
    },
  });
});
