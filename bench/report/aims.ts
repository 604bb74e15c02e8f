import { findSlot, ratio } from "./ratios.ts";
import type { Results } from "./results.ts";

/** A goal for Farebox: `aim` is the hope, `least` the requirement. */
export interface Aim {
  readonly label: string;
  readonly measured: number;
  readonly aim: number;
  readonly least: number;
  readonly better: "more" | "less";
}

/** Rates a measurement against its goal. A figure that is not finite cannot be rated. */
export const rateAim = ({
  measured,
  aim,
  least,
  better,
}: Aim): "aim met" | "met" | "missed" | "cannot be told" => {
  if (!Number.isFinite(measured)) return "cannot be told";
  const reaches = (mark: number): boolean =>
    better === "more" ? measured >= mark : measured <= mark;
  return reaches(aim) ? "aim met" : reaches(least) ? "met" : "missed";
};

const SPEEDS = [
  { id: "json", what: "JSON, API key: throughput by the floor's", aim: 0.45, least: 0.38 },
  {
    id: "sse",
    what: "SSE, client asked for usage: throughput by the floor's",
    aim: 0.75,
    least: 0.58,
  },
  {
    id: "sse-hide",
    what: "SSE, usage chunk kept back: throughput by the floor's",
    aim: 0.35,
    least: 0.25,
  },
  {
    id: "sse-cost",
    what: "SSE, cost put into the usage chunk: throughput by the floor's",
    aim: 0.35,
    least: 0.25,
  },
] as const;

/** Lists every goal that these results can be rated by. */
export function listAims(results: Results): Aim[] {
  const list: Aim[] = [];
  const more = (what: string, measured: number, aim: number, least: number) =>
    list.push({ label: what, measured, aim, least, better: "more" });
  const less = (what: string, measured: number, aim: number, least: number) =>
    list.push({ label: what, measured, aim, least, better: "less" });
  for (const { id, what, aim, least } of SPEEDS) {
    for (const connections of [16, 64]) {
      const slot = findSlot(results, id, connections);
      if (slot === undefined) continue;
      more(
        `${what}, ${connections} connections`,
        ratio(slot, "farebox", { target: "floor" }, "perSecond").median,
        aim,
        least,
      );
    }
  }
  for (const connections of [16, 64]) {
    const slot = findSlot(results, "json", connections);
    if (slot === undefined) continue;
    const byPortkey = ratio(slot, "farebox", { target: "portkey" }, "perSecond").median;
    if (!Number.isNaN(byPortkey))
      more(`JSON: throughput by Portkey's, ${connections} connections`, byPortkey, 2, 2);
    const cpu = ratio(slot, "farebox", { target: "floor" }, "cpuMs").median;
    less(`JSON: CPU per chat by the floor's, ${connections} connections`, cpu, 2.2, 2.7);
  }
  const { rpcAddsMs, fareboxAddsMs } = results.firstByte;
  // On a busy machine the RPC is lost in the noise, and nothing can be said.
  const inRpcs = rpcAddsMs > 0 ? fareboxAddsMs / rpcAddsMs : Number.NaN;
  less("time added before the first byte, in bare RPCs, 1 connection", inRpcs, 1, 2);
  const { farAccount } = results;
  if (farAccount !== null)
    less(
      `ms added before the first byte by an account ${farAccount.awayMs} ms away`,
      farAccount.overlappedAddsMs,
      5,
      5,
    );
  const { busy } = results.counts;
  less(
    "rows written per chat, indexes, alarms and checkpoints counted",
    (busy.rowsWritten + busy.alarms) / busy.chats,
    2,
    3,
  );
  less("RPCs per chat", busy.rpcs / busy.chats, 2, 2);
  less("D1 queries per chat", busy.d1Queries / busy.chats, 0, 0);
  for (const connections of [16, 64]) {
    const one = findSlot(results, "json-one", connections);
    const many = findSlot(results, "json", connections);
    if (one === undefined || many === undefined) continue;
    const measured = ratio(one, "farebox", { slot: many, target: "farebox" }, "perSecond").median;
    more(
      `one account: chats a second by those of 64 users, ${connections} connections`,
      measured,
      1,
      0.9,
    );
  }
  const { ledgers } = results.scale;
  const [first] = ledgers;
  const last = ledgers.at(-1);
  if (first !== undefined && last !== undefined)
    less(
      `a chat with ${last.entries.toLocaleString("en")} ledger entries ` +
        `by one with ${first.entries.toLocaleString("en")}`,
      last.chatUs / first.chatUs,
      1.3,
      1.3,
    );
  return list;
}
