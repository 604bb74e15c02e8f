import { NOON } from "../support/account.ts";

/**
 * The storage of an account's object as commit 7f20b3e left it: its tables, and every row of one
 * account, taken from a run of that commit. The checkpoint and the longest answer take several
 * rows each, which were cut between bytes and so within characters.
 */

const TABLES = `
  CREATE TABLE entries (
    entry_no INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    amount_microcredits INTEGER NOT NULL,
    balance_after_microcredits INTEGER NOT NULL,
    detail TEXT NOT NULL
  );
  CREATE TABLE operations (
    operation_id TEXT PRIMARY KEY,
    entry_no INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE spent_grants (grant_no INTEGER PRIMARY KEY, detail TEXT NOT NULL);
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE api_keys (
    key_id TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    detail TEXT NOT NULL,
    last_used_at_ms INTEGER
  ) WITHOUT ROWID;
  CREATE TABLE idempotency (
    key TEXT NOT NULL,
    part INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    head TEXT,
    body BLOB,
    PRIMARY KEY (key, part)
  ) WITHOUT ROWID;
  CREATE TABLE checkpoint (part INTEGER PRIMARY KEY, body BLOB NOT NULL);
  CREATE TABLE schema_steps (step INTEGER PRIMARY KEY);
  INSERT INTO schema_steps (step) VALUES (0), (1), (2), (3);`;

/** A text of 1.14 MB whose characters take one to four bytes. */
export const LONG = "Päckchen ☕ 🎟 ".repeat(60_000);
export const HASH = "ab".repeat(32);
export const FINGERPRINT = "cd".repeat(32);

const PRICES = { inputPerMillion: 0, cachedInputPerMillion: null, outputPerMillion: 1_000_000 };

const ENTITLEMENT = {
  planId: "pln_test",
  planVersion: 1,
  allowances: { message: { limit: 1, period: "day" }, agent: { limit: 3, period: "at_once" } },
  models: null,
  features: [],
  requestsPerMinute: 1_000_000,
};

const KEY = {
  keyId: "key_00000001",
  hash: HASH,
  prefix: "fb_00000001",
  name: "ci",
  scopes: ["chat"],
  models: null,
  budget: null,
  expiresAt: null,
  createdAt: NOON,
};

/** By number: the time, the amount, the balance after it, and the entry. */
const ENTRIES = [
  [
    1,
    NOON,
    100,
    100,
    {
      kind: "grant",
      operationId: "order:1",
      amountMicrocredits: 100,
      priority: 0,
      effectiveAt: NOON,
      expiresAt: null,
      reason: "Small pack",
    },
  ],
  [
    2,
    NOON,
    200,
    300,
    {
      kind: "grant",
      operationId: "order:2",
      amountMicrocredits: 200,
      priority: 1,
      effectiveAt: NOON,
      expiresAt: null,
      reason: LONG,
    },
  ],
  [
    3,
    NOON,
    300,
    600,
    {
      kind: "grant",
      operationId: "order:3",
      amountMicrocredits: 300,
      priority: 2,
      effectiveAt: NOON,
      expiresAt: NOON + 86_400_000,
      reason: LONG,
    },
  ],
  [
    4,
    NOON + 1_000,
    0,
    600,
    {
      kind: "hold",
      payer: "allowance",
      amountMicrocredits: 0,
      shares: [],
      meters: [{ counter: "message/day", periodStart: NOON - 43_200_000, quantity: 1 }],
      maxTokens: 10,
      keyId: null,
      keyPeriodStart: 0,
      model: "local-small",
      prices: PRICES,
      promptBoundTokens: 10,
      choices: 1,
      expiresAt: NOON + 901_000,
      idempotencyKey: null,
    },
  ],
  [
    5,
    NOON + 2_000,
    0,
    600,
    {
      kind: "capture",
      holdNo: 4,
      shares: [],
      model: "local-small",
      keyId: null,
      usage: { input: 5, cachedInput: 0, output: 10 },
      estimated: false,
      ending: "complete",
      latencyMs: 12,
    },
  ],
  [
    6,
    NOON + 2_500,
    0,
    600,
    {
      kind: "hold",
      payer: "credits",
      amountMicrocredits: 100,
      shares: [{ grantNo: 1, microcredits: 100 }],
      meters: [],
      maxTokens: 100,
      keyId: "key_00000001",
      keyPeriodStart: 0,
      model: "local-small",
      prices: PRICES,
      promptBoundTokens: 10,
      choices: 1,
      expiresAt: NOON + 902_500,
      idempotencyKey: null,
    },
  ],
  [
    7,
    NOON + 3_000,
    -100,
    500,
    {
      kind: "capture",
      holdNo: 6,
      shares: [{ grantNo: 1, microcredits: 100 }],
      model: "local-small",
      keyId: "key_00000001",
      usage: { input: 5, cachedInput: 0, output: 100 },
      estimated: false,
      ending: "complete",
      latencyMs: 12,
    },
  ],
  [
    8,
    NOON + 3_500,
    0,
    500,
    {
      kind: "hold",
      payer: "credits",
      amountMicrocredits: 50,
      shares: [{ grantNo: 2, microcredits: 50 }],
      meters: [],
      maxTokens: 50,
      keyId: null,
      keyPeriodStart: 0,
      model: "local-small",
      prices: PRICES,
      promptBoundTokens: 10,
      choices: 1,
      expiresAt: NOON + 903_500,
      idempotencyKey: null,
    },
  ],
  [
    9,
    NOON + 4_000,
    0,
    500,
    {
      kind: "track",
      operationId: "agent:1",
      meter: "agent",
      quantity: 2,
      period: "at_once",
      periodStart: 0,
    },
  ],
  [10, NOON + 5_000, -30, 470, { kind: "grant_void", grantNo: 1, amountMicrocredits: 30 }],
  [
    11,
    NOON + 5_000,
    0,
    470,
    { kind: "debt_payment", grantNo: 2, debtorNo: 1, amountMicrocredits: 30 },
  ],
  [12, NOON + 5_000, 0, 470, { kind: "grant_freeze", grantNo: 3 }],
  [
    13,
    NOON + 6_000,
    -20,
    450,
    {
      kind: "take",
      operationId: "admin:1",
      amountMicrocredits: 20,
      shares: [{ grantNo: 2, microcredits: 20 }],
      reason: "Mistake",
    },
  ],
] as const;

const OPERATIONS = { "admin:1": 13, "agent:1": 9, "order:1": 1, "order:2": 2, "order:3": 3 };

const SPENT_GRANT = {
  grantNo: 1,
  operationId: "order:1",
  reason: "Small pack",
  amountMicrocredits: 100,
  priority: 0,
  createdAt: NOON,
  effectiveAt: NOON,
  expiresAt: null,
  effective: true,
  remainingMicrocredits: 0,
  expiredMicrocredits: 0,
  heldMicrocredits: 0,
  frozen: false,
  voidedMicrocredits: 30,
  owedMicrocredits: 0,
  paidBy: { 2: 30 },
};

/** As of entry 12: the last one is to be folded in. */
const STATE = {
  lastEntryNo: 12,
  grantedMicrocredits: 600,
  capturedMicrocredits: 100,
  expiredMicrocredits: 0,
  voidedMicrocredits: 30,
  heldMicrocredits: 50,
  debtMicrocredits: 0,
  takenDebtMicrocredits: 0,
  frozenGrants: 1,
  grants: {
    2: {
      grantNo: 2,
      operationId: "order:2",
      reason: LONG,
      amountMicrocredits: 200,
      priority: 1,
      createdAt: NOON,
      effectiveAt: NOON,
      expiresAt: null,
      effective: true,
      remainingMicrocredits: 170,
      expiredMicrocredits: 0,
      heldMicrocredits: 50,
      frozen: false,
      voidedMicrocredits: 0,
      owedMicrocredits: 0,
      paidBy: {},
    },
    3: {
      grantNo: 3,
      operationId: "order:3",
      reason: LONG,
      amountMicrocredits: 300,
      priority: 2,
      createdAt: NOON,
      effectiveAt: NOON,
      expiresAt: NOON + 86_400_000,
      effective: true,
      remainingMicrocredits: 300,
      expiredMicrocredits: 0,
      heldMicrocredits: 0,
      frozen: true,
      voidedMicrocredits: 0,
      owedMicrocredits: 0,
      paidBy: {},
    },
  },
  holds: {
    8: {
      payer: "credits",
      amountMicrocredits: 50,
      shares: [{ grantNo: 2, microcredits: 50 }],
      meters: [],
      maxTokens: 50,
      keyId: null,
      keyPeriodStart: 0,
      model: "local-small",
      prices: PRICES,
      promptBoundTokens: 10,
      choices: 1,
      expiresAt: NOON + 903_500,
      idempotencyKey: null,
      holdNo: 8,
      createdAt: NOON + 3_500,
    },
  },
  counters: {
    "message/day": { periodStart: NOON - 43_200_000, used: 1 },
    "agent/at_once": { periodStart: 0, used: 2 },
  },
  keys: {
    key_00000001: {
      periodStart: 0,
      spentMicrocredits: 100,
      totalMicrocredits: 100,
      lastUsedAt: NOON + 2_500,
    },
  },
  daily: {
    "2082-11-20/local-small": {
      day: "2082-11-20",
      model: "local-small",
      requests: 2,
      inputTokens: 10,
      cachedInputTokens: 0,
      outputTokens: 110,
      microcredits: 100,
    },
  },
  overage: {},
  reports: {},
};

/** The rows that commit 7f20b3e made of a text. */
function toParts(text: string): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const parts: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; from += 1_000_000)
    parts.push(bytes.slice(from, from + 1_000_000));
  return parts;
}

/** SHA-256 of the rows of the checkpoint, as that commit wrote them. */
export const CHECKPOINT_SHA256 = [
  "8475cac22c6e2deb431f1b0501a9af1dcb11f4e9babfec9f362faedf54062bcf",
  "35893107dfa54f76629ecd6fb90214b270058d02fee1d51bdca70e28fa2cf150",
  "994a26e089955bc128ca1cc4b1fbc0e7936263fe32343b392d43788fb743bb9c",
];

/** Writes all rows into the storage of an object that has never been used. */
export function writeAccount(sql: SqlStorage): void {
  sql.exec(TABLES);
  for (const [entryNo, atMs, amount, balance, entry] of ENTRIES)
    sql.exec(
      "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)",
      entryNo,
      atMs,
      entry.kind,
      amount,
      balance,
      JSON.stringify(entry),
    );
  for (const [operationId, entryNo] of Object.entries(OPERATIONS))
    sql.exec("INSERT INTO operations VALUES (?, ?)", operationId, entryNo);
  sql.exec("INSERT INTO spent_grants VALUES (1, ?)", JSON.stringify(SPENT_GRANT));
  sql.exec(
    "INSERT INTO facts VALUES ('entitlement', ?), ('owner', 'usr_0000000000000001')",
    JSON.stringify(ENTITLEMENT),
  );
  sql.exec("INSERT INTO api_keys VALUES (?, ?, ?, NULL)", KEY.keyId, HASH, JSON.stringify(KEY));
  for (const [part, body] of toParts(JSON.stringify(STATE)).entries())
    sql.exec("INSERT INTO checkpoint VALUES (?, ?)", part, body);
  const head = JSON.stringify({ status: 201, headers: { "content-type": "text/plain" } });
  for (const [part, body] of toParts(LONG + LONG).entries())
    sql.exec(
      "INSERT INTO idempotency VALUES ('once', ?, ?, ?, ?, ?)",
      part,
      FINGERPRINT,
      NOON + 86_407_000,
      head,
      body,
    );
  sql.exec(
    "INSERT INTO idempotency VALUES ('running', 0, ?, ?, NULL, NULL)",
    "ef".repeat(32),
    NOON + 300_000,
  );
}
