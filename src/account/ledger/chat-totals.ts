import { type ChatQuery, type ChatView, listChats } from "./chat-log.ts";

/** Chats of one stretch of time, model and key, summed up. */
export interface ChatTotals {
  /** Since 1970, in stretches of the length that was asked for. */
  readonly bucket: number;
  readonly model: string;
  readonly keyId: string | null;
  /** Chats that were served, and so paid for. */
  readonly messages: number;
  /** Chats that the model provider failed, or that were never settled, served in part or not. */
  readonly errors: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly microcredits: number;
  /** Over the chats that were served. */
  readonly latencyMs: number;
}

export interface ChatTotalsPage {
  /** One for each stretch, model and key with chats on this page; not sorted. */
  readonly totals: readonly ChatTotals[];
  /** The `before` of the next page; null when all entries were read. */
  readonly next: number | null;
  /** The number of entries in the time range that are not read yet. A chat is two of them. */
  readonly entriesLeft: number;
}

/** A query for totals: that of the chats, without a page's length. */
export interface ChatTotalsQuery extends Omit<ChatQuery, "limit"> {
  /** The length of one stretch: an hour or a day. */
  readonly bucketMs: number;
}

/** The most entries of one call, in steps of what `listChats` reads at once. */
const STEPS_PER_CALL = 5;
const CHATS_PER_STEP = 1000;

/** Sums chats by stretch of time, model and key. Pure. */
function sumChats(chats: readonly ChatView[], bucketMs: number): ChatTotals[] {
  const bucketOf = ({ endedAt }: ChatView): number => Math.floor(endedAt / bucketMs);
  const groups = Map.groupBy(chats, (chat) =>
    JSON.stringify([bucketOf(chat), chat.model, chat.keyId]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const served = group.filter(({ payer }) => payer !== null);
    const total = (read: (chat: ChatView) => number): number =>
      served.reduce((sum, chat) => sum + read(chat), 0);
    return {
      bucket: bucketOf(first),
      model: first.model,
      keyId: first.keyId,
      messages: served.length,
      errors: group.filter(({ ending }) => ending === "upstream_failed" || ending === "expired")
        .length,
      inputTokens: total(({ usage }) => usage.input),
      outputTokens: total(({ usage }) => usage.output),
      microcredits: total(({ costMicrocredits }) => costMicrocredits),
      latencyMs: total(({ latencyMs }) => latencyMs),
    };
  });
}

/** Sums the chats that are over, newest first. Reads a bounded number of entries. */
export function totalChats(
  sql: SqlStorage,
  { bucketMs, ...query }: ChatTotalsQuery,
): ChatTotalsPage {
  const chats: ChatView[] = [];
  let { before } = query;
  let entriesLeft = 0;
  for (let steps = 0; steps < STEPS_PER_CALL; steps++) {
    const page = listChats(sql, { ...query, before, limit: CHATS_PER_STEP }, () => null);
    chats.push(...page.chats);
    before = page.next;
    ({ entriesLeft } = page);
    if (before === null) break;
  }
  return { totals: sumChats(chats, bucketMs), next: before, entriesLeft };
}
