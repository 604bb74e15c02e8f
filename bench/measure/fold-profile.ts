import type { SourceMap } from "node:module";
import { z } from "zod";

/** A CPU profile of V8's Profiler domain. */
export const cpuProfile = z.object({
  profile: z.object({
    nodes: z.array(
      z.object({
        id: z.number(),
        callFrame: z.object({
          functionName: z.string(),
          url: z.string(),
          lineNumber: z.number(),
          columnNumber: z.number(),
        }),
        children: z.array(z.number()).optional(),
      }),
    ),
    samples: z.array(z.number()),
    timeDeltas: z.array(z.number()),
  }),
});
type CpuProfile = z.infer<typeof cpuProfile>["profile"];
type Node = CpuProfile["nodes"][number];

/**
 * V8's names for time without JavaScript: workerd's own work for HTTP, RPC and SQLite, and waiting.
 */
const OUTSIDE_JAVASCRIPT = new Set(["(root)", "(program)", "(idle)"]);
const GARBAGE = "(garbage collector)";
const FUNCTIONS_KEPT = 40;

interface CodeLocation {
  /** `src/chat/relay.ts`, `hono/dist/context.js`; `workerd` for the platform's functions. */
  readonly file: string;
  readonly name: string;
}

function locate(
  { functionName, url, lineNumber, columnNumber }: Node["callFrame"],
  map: SourceMap,
): CodeLocation {
  if (functionName === GARBAGE) return { file: "V8", name: "garbage collector" };
  if (!url.endsWith("farebox.js"))
    return { file: "workerd", name: functionName === "" ? "a callback" : functionName };
  const entry = map.findEntry(lineNumber, columnNumber);
  if (!("originalSource" in entry)) return { file: "wrangler", name: functionName };
  const { originalSource: source, originalLine: line } = entry;
  const inside =
    /(?:^|\/)(src\/(?!.*node_modules).*|node_modules\/.*)$/.exec(source)?.[1] ?? source;
  const file = inside.replace(/^node_modules\//, "");
  return { file, name: functionName === "" ? `line ${line + 1}` : functionName };
}

/** Returns the folder or package of a file: `src/chat`, `hono`, `@phi-ag/argon2`, `workerd`. */
function folderOf(file: string): string {
  const [first = "", second = ""] = file.split("/");
  if (first === "src") return second.endsWith(".ts") ? "src" : `src/${second}`;
  return first.startsWith("@") ? `${first}/${second}` : first;
}

const addTo = (sums: Map<string, number>, name: string, us: number): void => {
  sums.set(name, (sums.get(name) ?? 0) + us);
};

const largestFirst = (sums: ReadonlyMap<string, number>, wholeUs: number) =>
  [...sums]
    .map(([name, us]) => ({ name, percent: (us / wholeUs) * 100 }))
    .toSorted((a, b) => b.percent - a.percent);

/**
 * Sums up a profile by room and by function, in percent of the thread's time. A function's call of
 * the platform has a row of its own (`exec ← append`), and counts for the room of the caller.
 */
export function foldProfile({ nodes, samples, timeDeltas }: CpuProfile, map: SourceMap) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const locations = new Map(nodes.map(({ id, callFrame }) => [id, locate(callFrame, map)]));

  /** Returns the nearest function of ours, or of a package, on the stack. */
  function callerOf(id: number): CodeLocation | undefined {
    for (let ancestor = parents.get(id); ancestor !== undefined; ancestor = parents.get(ancestor)) {
      const location = locations.get(ancestor);
      if (
        location !== undefined &&
        location.file !== "workerd" &&
        !OUTSIDE_JAVASCRIPT.has(location.name)
      )
        return location;
    }
    return undefined;
  }

  const rooms = new Map<string, number>();
  const functions = new Map<string, number>();
  let wholeUs = 0;
  let javascriptUs = 0;
  for (const [index, id] of samples.entries()) {
    const us = timeDeltas[index] ?? 0;
    wholeUs += us;
    const location = locations.get(id);
    if (
      location === undefined ||
      OUTSIDE_JAVASCRIPT.has(byId.get(id)?.callFrame.functionName ?? "")
    )
      continue;
    javascriptUs += us;
    const caller = location.file === "workerd" ? callerOf(id) : undefined;
    addTo(rooms, folderOf((caller ?? location).file), us);
    addTo(
      functions,
      caller === undefined
        ? `${location.name} · ${location.file}`
        : `${location.name} ← ${caller.name} · ${caller.file}`,
      us,
    );
  }
  return {
    javascriptPercent: (javascriptUs / wholeUs) * 100,
    rooms: largestFirst(rooms, wholeUs),
    functions: largestFirst(functions, wholeUs).slice(0, FUNCTIONS_KEPT),
  };
}
