import { HOUR_MS } from "../../time.ts";
import { isSessionKeyId } from "./compact.ts";
import {
  type HoldTerms,
  type RelayEnding,
  type ServedBy,
  sumShares,
  type Task,
} from "./entries.ts";
import type { TokenPrices, TokenUsage } from "./price.ts";

/** The ways a chat ends. `expired`: it was not settled in time. */
export const CHAT_ENDINGS = [
  "complete",
  "client_gone",
  "upstream_failed",
  "expired",
] as const satisfies readonly (RelayEnding | "expired")[];
type ChatEnding = (typeof CHAT_ENDINGS)[number];

/** The value of `keyId` in a query for chats without a key. */
export const NO_KEY = "none";

/** A query for chats. A filter that is null lets all through. */
export interface ChatQuery {
  readonly limit: number;
  /** `next` of the previous page, or `endedNo` of its last chat; null starts at the newest. */
  readonly before: number | null;
  /** The range in which the chat ended, in ms: from the first on, before the second. */
  readonly fromMs: number | null;
  readonly untilMs: number | null;
  readonly model: string | null;
  readonly keyId: string | null;
  readonly ending: ChatEnding | null;
}

/** A chat that is over, as its entries describe it. */
export interface ChatView {
  readonly holdNo: number;
  /** The number of the entry that ended it. Chats are ordered by it. */
  readonly endedNo: number;
  readonly beganAt: number;
  readonly endedAt: number;
  readonly model: string;
  /** The task of the model; null for a chat. */
  readonly task: Task | null;
  /** Null for a chat without a key. */
  readonly keyId: string | null;
  /** Null also when the key was revoked. */
  readonly keyName: string | null;
  /** Null when nothing was served, so that nobody paid. */
  readonly payer: HoldTerms["payer"] | null;
  readonly usage: TokenUsage;
  /** The model's prices when the chat began. */
  readonly prices: TokenPrices;
  readonly estimated: boolean;
  readonly costMicrocredits: number;
  readonly latencyMs: number;
  readonly ending: ChatEnding;
  readonly served: ServedBy;
}

export interface ChatPage {
  /** Newest first. Fewer than the limit does not mean that this is the last page: see `next`. */
  readonly chats: readonly ChatView[];
  /** The `before` of the next page; null when all entries were read. */
  readonly next: number | null;
  /** The number of entries in the time range that are not read yet. A chat is two of them. */
  readonly entriesLeft: number;
}

/**
 * The most entries that one call reads. There is no index by model or key, which each chat would
 * have to write: a rare one is searched for step by step, and other calls run in between.
 */
const ENTRIES_PER_CALL_MAX = 2000;

interface ChatRow extends Record<string, SqlStorageValue> {
  endedNo: number;
  endedAt: number;
  kind: "capture" | "void" | "expire";
  ended: string;
  holdNo: number;
  beganAt: number;
  hold: string;
}

/** The key of a chat: the token of a session is none of its user's. See `isSessionKeyId`. */
const KEY_ID = `iif(
    json_extract(hold.detail, '$.keyId') GLOB 'ses_*', NULL, json_extract(hold.detail, '$.keyId')
  )`;

const CHATS_SQL = `
  SELECT ended.entry_no AS endedNo, ended.at_ms AS endedAt, ended.kind, ended.detail AS ended,
    hold.entry_no AS holdNo, hold.at_ms AS beganAt, hold.detail AS hold
  FROM entries AS ended
    CROSS JOIN entries AS hold ON hold.entry_no = json_extract(ended.detail, '$.holdNo')
  WHERE ended.entry_no >= ? AND ended.entry_no < ? AND ended.kind IN ('capture', 'void', 'expire')
    AND json_extract(hold.detail, '$.model') = coalesce(?, json_extract(hold.detail, '$.model'))
    AND coalesce(${KEY_ID}, '${NO_KEY}') = coalesce(?, ${KEY_ID}, '${NO_KEY}')
    AND coalesce(json_extract(ended.detail, '$.ending'), 'expired')
      = coalesce(?, json_extract(ended.detail, '$.ending'), 'expired')
  ORDER BY ended.entry_no DESC LIMIT ?`;

/**
 * Returns the number of the first entry at or after a time, or of the next entry when there is none
 * yet. Entries are numbered without gaps and their time never goes back, so it searches by halving.
 */
export function findFirstEntrySince(sql: SqlStorage, atMs: number): number {
  let low = 1;
  let high = sql
    .exec<{ next: number }>("SELECT coalesce(max(entry_no), 0) + 1 AS next FROM entries")
    .one().next;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { at } = sql
      .exec<{ at: number }>("SELECT at_ms AS at FROM entries WHERE entry_no = ?", middle)
      .one();
    if (at < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

const NO_USAGE: TokenUsage = { input: 0, cachedInput: 0, output: 0 };

function toChatView(row: ChatRow, findKeyName: (keyId: string) => string | null): ChatView {
  // Trust: only the ledger of this object writes both details.
  const { model, keyId: holdKeyId, payer, prices, task }: HoldTerms = JSON.parse(row.hold);
  const keyId = holdKeyId === null || isSessionKeyId(holdKeyId) ? null : holdKeyId;
  const {
    ending = "expired",
    usage = NO_USAGE,
    estimated = false,
    latencyMs,
    shares = [],
    upstream,
    firstByteMs,
    isStream,
  } = JSON.parse(row.ended);
  return {
    holdNo: row.holdNo,
    endedNo: row.endedNo,
    beganAt: row.beganAt,
    endedAt: row.endedAt,
    model,
    task: task ?? null,
    keyId,
    keyName: keyId === null ? null : findKeyName(keyId),
    payer: row.kind === "capture" ? payer : null,
    usage,
    prices,
    estimated,
    costMicrocredits: sumShares(shares),
    latencyMs: latencyMs ?? row.endedAt - row.beganAt,
    ending,
    served: { upstream, firstByteMs, isStream },
  };
}

/**
 * Lists chats that are over, newest first, with those that allowances and overage paid for. Reads a
 * bounded number of entries.
 * @param findKeyName returns the name of a key that was not revoked
 */
export function listChats(
  sql: SqlStorage,
  query: ChatQuery,
  findKeyName: (keyId: string) => string | null,
): ChatPage {
  const first = query.fromMs === null ? 1 : findFirstEntrySince(sql, query.fromMs);
  const end = findFirstEntrySince(sql, query.untilMs ?? Number.POSITIVE_INFINITY);
  const before = Math.min(query.before ?? end, end);
  const floor = Math.max(first, before - ENTRIES_PER_CALL_MAX);
  const rows = sql.exec<ChatRow>(
    CHATS_SQL,
    floor,
    before,
    query.model,
    query.keyId,
    query.ending,
    query.limit,
  );
  const chats = [...rows].map((row) => toChatView(row, findKeyName));
  const last = chats.length === query.limit ? chats.at(-1)?.endedNo : undefined;
  const next = last ?? floor;
  return { chats, next: next > first ? next : null, entriesLeft: Math.max(0, next - first) };
}

const CHAT_SQL = `
  SELECT ended.entry_no AS endedNo, ended.at_ms AS endedAt, ended.kind, ended.detail AS ended,
    hold.entry_no AS holdNo, hold.at_ms AS beganAt, hold.detail AS hold
  FROM entries AS hold CROSS JOIN entries AS ended
  WHERE hold.entry_no = ? AND ended.entry_no > hold.entry_no AND ended.entry_no < ?
    AND ended.kind IN ('capture', 'void', 'expire')
    AND json_extract(ended.detail, '$.holdNo') = hold.entry_no
  LIMIT 1`;

/** A hold that is not settled expires; its entry is written soon after that. */
const EXPIRY_MARGIN_MS = HOUR_MS;
/** The most entries of one sweep that are written before a hold's own. */
const EXPIRY_MARGIN_ENTRIES = 2000;

/**
 * Finds the chat that began with a hold, once it is over. Reads the entries from its beginning to
 * the time by which its hold would have expired.
 * @returns null for a number that is no hold's, and for a chat under way
 */
export function findChat(
  sql: SqlStorage,
  holdNo: number,
  findKeyName: (keyId: string) => string | null,
): ChatView | null {
  const [hold] = sql.exec<{ detail: string }>(
    "SELECT detail FROM entries WHERE entry_no = ? AND kind = 'hold'",
    holdNo,
  );
  if (hold === undefined) return null;
  const { expiresAt }: HoldTerms = JSON.parse(hold.detail);
  const end = findFirstEntrySince(sql, expiresAt + EXPIRY_MARGIN_MS) + EXPIRY_MARGIN_ENTRIES;
  const [row] = sql.exec<ChatRow>(CHAT_SQL, holdNo, end);
  return row === undefined ? null : toChatView(row, findKeyName);
}
