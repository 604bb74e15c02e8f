import type { ChatTotals, ChatTotalsPage, ChatTotalsQuery } from "../account/index.ts";
import { fail, ok, type Result } from "../errors.ts";
import { toIso } from "../time.ts";
import { toCredits } from "../units.ts";
import type { SeriesTotalsView, UsageSeriesView } from "./wire.ts";

/** The most entries that one series looks at. Each chat is two of them. */
const ENTRIES_MAX = 200_000;

/** Asks the account for totals. Each call looks at a bounded number of entries. */
export type QueryTotals = (query: ChatTotalsQuery) => Promise<ChatTotalsPage>;

/**
 * Fetches the totals of all chats that a query matches.
 * @returns `invalid_request` where there are too many to look at
 */
export async function fetchTotals(
  queryTotals: QueryTotals,
  query: ChatTotalsQuery,
): Promise<Result<ChatTotals[]>> {
  const totals: ChatTotals[] = [];
  let { before } = query;
  do {
    const page = await queryTotals({ ...query, before });
    if (page.entriesLeft > ENTRIES_MAX)
      return fail("invalid_request", "from: the range has too many chats. Ask for fewer days.", {
        param: "from",
      });
    totals.push(...page.totals);
    before = page.next;
  } while (before !== null);
  return ok(totals);
}

/** Sums totals; `latencyMs` is the average of a message, null without any. Pure. */
export function sumTotals(totals: readonly ChatTotals[]): SeriesTotalsView {
  const sum = (read: (one: ChatTotals) => number): number =>
    totals.reduce((all, one) => all + read(one), 0);
  const messages = sum((one) => one.messages);
  return {
    messages,
    errors: sum((one) => one.errors),
    inputTokens: sum((one) => one.inputTokens),
    outputTokens: sum((one) => one.outputTokens),
    credits: toCredits(sum((one) => one.microcredits)),
    latencyMs: messages === 0 ? null : Math.round(sum((one) => one.latencyMs) / messages),
  };
}

/**
 * Shows totals as a series: by stretch of time and, within it, by model or key. Oldest first, and
 * without stretches in which nothing ended. Pure.
 */
export function showSeries(
  totals: readonly ChatTotals[],
  bucketMs: number,
  by: "model" | "key",
  keyNames: ReadonlyMap<string, string>,
): UsageSeriesView["points"] {
  const groups = Map.groupBy(totals, ({ bucket, model, keyId }) =>
    JSON.stringify([bucket, by === "model" ? model : keyId]),
  );
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      return first === undefined ? [] : [{ first, group }];
    })
    .toSorted(
      (a, b) =>
        a.first.bucket - b.first.bucket || compareText(groupName(a.first), groupName(b.first)),
    )
    .map(({ first: { bucket, model, keyId }, group }) => ({
      at: toIso(bucket * bucketMs),
      model: by === "model" ? model : null,
      key:
        by === "model" || keyId === null ? null : { id: keyId, name: keyNames.get(keyId) ?? null },
      ...sumTotals(group),
    }));

  function groupName({ model, keyId }: ChatTotals): string {
    return by === "model" ? model : (keyId ?? "");
  }
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
