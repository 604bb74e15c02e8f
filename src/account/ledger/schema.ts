/**
 * The tables of one account's object, one string for each step; a step never changes once it has
 * landed. The platform charges for rows written, so there is no index that a chat would have to
 * write.
 */
export const MIGRATIONS: readonly string[] = [
  `
  -- Append-only: the truth. The sum of amount_microcredits is what is posted.
  CREATE TABLE entries (
    entry_no INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    amount_microcredits INTEGER NOT NULL,
    balance_after_microcredits INTEGER NOT NULL,
    detail TEXT NOT NULL
  );
  -- Every operation from outside by its id, so that it is applied once.
  CREATE TABLE operations (operation_id TEXT PRIMARY KEY, entry_no INTEGER NOT NULL) WITHOUT ROWID;
  -- Grants that are used up, as they ended. Live ones are in the state.
  CREATE TABLE spent_grants (grant_no INTEGER PRIMARY KEY, detail TEXT NOT NULL);
  -- 'owner' and 'entitlement'.
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  -- Keys by their SHA-256. The key itself is never here.
  CREATE TABLE api_keys (
    key_id TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    detail TEXT NOT NULL,
    last_used_at_ms INTEGER
  ) WITHOUT ROWID;
  -- First answers by Idempotency-Key, kept for a day. Long bodies are split over parts.
  CREATE TABLE idempotency (
    key TEXT NOT NULL,
    part INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    head TEXT,
    body BLOB,
    PRIMARY KEY (key, part)
  ) WITHOUT ROWID;
  `,
  `
  -- The state as of some entry, from which later entries are replayed: one JSON text, split over
  -- parts when it is long.
  CREATE TABLE checkpoint (part INTEGER PRIMARY KEY, body BLOB NOT NULL);
  INSERT INTO checkpoint (part, body)
    SELECT 0, CAST(value AS BLOB) FROM facts WHERE name = 'checkpoint';
  DELETE FROM facts WHERE name = 'checkpoint';
  `,
  `
  -- The state has debts, and grants a reversal: fold the entries anew.
  DELETE FROM checkpoint;
  DELETE FROM spent_grants;
  `,
  `
  -- Days count cached input separately: fold the entries anew.
  DELETE FROM checkpoint;
  DELETE FROM spent_grants;
  `,
  `
  -- Purchases that keys began, in minor units of the currency of the key's purchase limit.
  CREATE TABLE key_purchases (
    key_id TEXT NOT NULL,
    operation_id TEXT NOT NULL,
    period_start_ms INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    PRIMARY KEY (key_id, operation_id, period_start_ms)
  ) WITHOUT ROWID;
  `,
  `
  -- Sessions that ended, for as long as an access token of theirs may still be presented.
  CREATE TABLE ended_sessions (
    session_id TEXT PRIMARY KEY,
    until_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  -- Countries in which each key was used, with the time of the first use there.
  CREATE TABLE key_places (
    key_id TEXT NOT NULL,
    country TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (key_id, country)
  ) WITHOUT ROWID;
  `,
];
