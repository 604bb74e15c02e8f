/**
 * The tables of one user's object. Each string is one step forward; a step is never changed once it
 * has landed.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE conversations (
    -- Rises, and is never used again: the order of the list.
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
    -- The text, or its beginning: a row holds 2 MB.
    content TEXT NOT NULL,
    -- How many rows of more_text have the rest of it.
    more_parts INTEGER NOT NULL,
    -- An estimate, so that a history can be fitted without counting it again.
    tokens INTEGER NOT NULL,
    -- Of a user's message that is being answered: when it is given up.
    answer_by_ms INTEGER,
    error TEXT,
    -- The Fare as JSON, of a reply.
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
  -- Which turn an Idempotency-Key began, for a day.
  CREATE TABLE turn_keys (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  -- The conversation in which each agent first replied: an agent is as popular as it has users.
  CREATE TABLE agents_met (
    agent_id TEXT PRIMARY KEY,
    conversation_no INTEGER NOT NULL
  ) WITHOUT ROWID;
  -- Those of before were counted already. No conversation has the number 0.
  INSERT INTO agents_met
    SELECT DISTINCT agent_id, 0 FROM conversations WHERE agent_id IS NOT NULL;
  `,
  `
  -- The last message of the user's in the branch that is shown; NULL: the newest of all.
  ALTER TABLE conversations ADD COLUMN leaf_place INTEGER;
  -- Which message of the user's another follows. Without a row it follows the one before it.
  CREATE TABLE branches (
    conversation_no INTEGER NOT NULL,
    place INTEGER NOT NULL,
    -- NULL: it is the first of its branch.
    parent_place INTEGER,
    -- The branch that was shown before it, should it be removed.
    former_leaf_place INTEGER,
    PRIMARY KEY (conversation_no, place)
  ) WITHOUT ROWID;
  `,
  `
  -- Prompt and reply of chats by keys that have them kept, by the number of the chat's hold. The
  -- long texts come last, so that the rows before them are read without them.
  CREATE TABLE kept_chats (
    hold_no INTEGER PRIMARY KEY,
    kept_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    -- The length of both texts, in UTF-16 units.
    length INTEGER NOT NULL,
    is_stream INTEGER NOT NULL,
    is_request_cut INTEGER NOT NULL,
    is_reply_cut INTEGER NOT NULL,
    request TEXT NOT NULL,
    reply TEXT
  );
  `,
];
