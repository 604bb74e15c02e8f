import { listAims, rateAim } from "./aims.ts";
import { costPerMillion } from "./prices.ts";
import { figure, findSlot, ratio } from "./ratios.ts";
import type { Profiled, Results, Sample } from "./results.ts";

/** The rows of a table. The first is its head. */
export type Table = readonly (readonly string[])[];

export const NAMES: Readonly<Record<Sample["target"], string>> = {
  floor: "floor",
  rpc: "floor + bare RPC",
  rows: "floor + 2 RPCs, 2 rows",
  bare: "Farebox's accounts alone",
  farebox: "Farebox",
  portkey: "Portkey",
  "portkey-new": "Portkey, newer Node",
};
const ORDER = ["floor", "rpc", "rows", "bare", "farebox", "portkey", "portkey-new"] as const;

const formatNumber = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits) : "–";

export const aimTable = (results: Results): Table => [
  ["", "measured", "aim", "at least", ""],
  ...listAims(results).map((aim) => {
    const sign = aim.better === "more" ? "≥" : "≤";
    return [
      aim.label,
      formatNumber(aim.measured, 2),
      `${sign} ${aim.aim}`,
      `${sign} ${aim.least}`,
      rateAim(aim),
    ];
  }),
];

export const speedTable = (results: Results): Table => [
  [
    "",
    "connections",
    "",
    "chats/s",
    "by the floor",
    "(range)",
    "p50 ms",
    "p99 ms",
    "CPU ms/chat",
    "by the floor",
    "RSS MB",
  ],
  ...results.slots.flatMap((slot) => {
    const { id, title, connections } = slot;
    const floor = findSlot(results, id.startsWith("json") ? "json" : id, connections) ?? slot;
    return ORDER.filter((name) => slot.samples.some((sample) => sample.target === name)).map(
      (name) => {
        const speed = ratio(slot, name, { slot: floor, target: "floor" }, "perSecond");
        const cpu = ratio(slot, name, { slot: floor, target: "floor" }, "cpuMs");
        return [
          title,
          String(connections),
          NAMES[name],
          formatNumber(figure(slot, name, "perSecond"), 0),
          formatNumber(speed.median, 2),
          name === "floor" ? "" : `${formatNumber(speed.least, 2)}–${formatNumber(speed.most, 2)}`,
          formatNumber(figure(slot, name, "p50Ms"), 2),
          formatNumber(figure(slot, name, "p99Ms"), 2),
          formatNumber(figure(slot, name, "cpuMs"), 3),
          formatNumber(cpu.median, 2),
          formatNumber(figure(slot, name, "residentMb"), 0),
        ];
      },
    );
  }),
];

/**
 * Returns the CPU time of a JSON chat at 16 connections, in ms, from which costs are calculated.
 */
function jsonCpuMs(results: Results): number {
  const slot = findSlot(results, "json", 16);
  return slot === undefined ? Number.NaN : figure(slot, "farebox", "cpuMs");
}

export function costTable(results: Results): Table {
  const cpuMs = jsonCpuMs(results);
  const busy = costPerMillion(results.counts.busy, cpuMs);
  const lone = costPerMillion(results.counts.lone, cpuMs);
  const partsOfLone = Object.values(lone.parts);
  return [
    ["dollars per million chats", "busy user", "lone chat"],
    ...Object.entries(busy.parts).map(([name, dollars], index) => [
      name,
      formatNumber(dollars, 3),
      formatNumber(partsOfLone[index] ?? Number.NaN, 3),
    ]),
    ["in all", formatNumber(busy.total, 2), formatNumber(lone.total, 2)],
  ];
}

export function countTable({ counts }: Results): Table {
  const rows = [counts.busy, counts.lone].map((counted) => ({
    ledger: counted.rowsWritten / counted.chats,
    alarms: counted.alarms / counted.chats,
    rpcs: counted.rpcs / counted.chats,
    queries: counted.d1Queries / counted.chats,
  }));
  const [busy, lone] = rows;
  if (busy === undefined || lone === undefined) return [];
  return [
    ["per chat", "busy user", "lone chat"],
    [
      "rows written by SQL, indexes and checkpoints counted",
      formatNumber(busy.ledger, 3),
      formatNumber(lone.ledger, 3),
    ],
    ["alarms set (a row each)", formatNumber(busy.alarms, 3), formatNumber(lone.alarms, 3)],
    ["RPCs", formatNumber(busy.rpcs, 2), formatNumber(lone.rpcs, 2)],
    ["D1 queries", formatNumber(busy.queries, 2), formatNumber(lone.queries, 2)],
  ];
}

export const ledgerTable = ({ scale }: Results): Table => [
  ["entries in the ledger", "µs for authorize + settle", "by the first"],
  ...scale.ledgers.map(({ entries, chatUs }) => [
    entries.toLocaleString("en"),
    formatNumber(chatUs, 1),
    formatNumber(chatUs / (scale.ledgers[0]?.chatUs ?? Number.NaN), 2),
  ]),
];

/** Returns the CPU shares of one kind of chat, before and now, by room or by function. */
export function profileTable(
  profiles: readonly Profiled[],
  loadIndex: number,
  kind: "rooms" | "functions",
): Table {
  const loads = profiles.map((profile) => profile.loads[loadIndex]);
  const names = [
    ...new Set(loads.toReversed().flatMap((load) => load?.[kind].map(({ name }) => name) ?? [])),
  ];
  const percent = (load: (typeof loads)[number], name: string): string => {
    const share = load?.[kind].find((share) => share.name === name);
    return share === undefined ? "–" : formatNumber(share.percent, 1);
  };
  const namesToShow = names.filter((name) =>
    loads.some((load) => (load?.[kind].find((share) => share.name === name)?.percent ?? 0) >= 0.3),
  );
  const all = loads.map((load) => (load === undefined ? "–" : formatNumber(load.cpuMs * 1000, 0)));
  const outside = loads.map((load) =>
    load === undefined ? "–" : formatNumber(100 - load.javascriptPercent, 1),
  );
  return [
    [
      "% of the thread's time",
      ...profiles.map(({ date }, index) =>
        index < profiles.length - 1 ? `before, ${date}` : date,
      ),
    ],
    ...namesToShow.map((name) => [name, ...loads.map((load) => percent(load, name))]),
    ...(kind === "rooms"
      ? [
          ["outside JavaScript: HTTP, RPC, SQLite, waiting", ...outside],
          ["CPU per chat, µs", ...all],
        ]
      : []),
  ];
}
