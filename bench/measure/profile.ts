import { readdirSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { z } from "zod";
import type { Driver } from "../drive/load.ts";
import { freePort } from "../machine/scratch.ts";
import { cpuMs } from "../machine/usage.ts";
import type { Profiled } from "../report/results.ts";
import { JSON_BODY, SSE_BODY } from "./cases.ts";
import { Inspector } from "./inspector.ts";
import { furnish, runFarebox, type Stage } from "./stage.ts";

const SECONDS = 6;
const CONNECTIONS = 16;
const USERS = 64;
const SAMPLE_EVERY_US = 200;
const FUNCTIONS_SHOWN = 24;
/** What V8 calls time in which its thread ran no JavaScript: workerd's own work for HTTP, RPC and SQLite, and waiting. */
const OUTSIDE = new Set(["(root)", "(program)", "(idle)"]);

const profile = z.object({
  profile: z.object({
    nodes: z.array(
      z.object({
        id: z.number(),
        callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number(), columnNumber: z.number() }),
      }),
    ),
    samples: z.array(z.number()),
    timeDeltas: z.array(z.number()),
  }),
});
type CallFrame = z.infer<typeof profile>["profile"]["nodes"][number]["callFrame"];

function sourceMap(folder: string): SourceMap {
  const file = readdirSync(folder).find((name) => name.endsWith(".js.map"));
  if (file === undefined) throw new Error("wrangler built no source map.");
  return new SourceMap(JSON.parse(readFileSync(join(folder, file), "utf8")));
}

/** The file that a function was written in: within the repository, or the package it comes from. */
function fileOf({ url, lineNumber, columnNumber, functionName }: CallFrame, map: SourceMap): string {
  if (functionName === "(garbage collector)") return "V8";
  if (!url.endsWith("farebox.js")) return "workerd";
  const entry = map.findEntry(lineNumber, columnNumber);
  const source = "originalSource" in entry ? entry.originalSource : "";
  const inside = /(?:^|\/)(src\/(?!.*node_modules).*|node_modules\/.*)$/.exec(source)?.[1] ?? source;
  return inside.replace(/^node_modules\//, "");
}

/** `src/chat`, `hono`, `@phi-ag/argon2`, `workerd`. */
const roomOf = (file: string): string => {
  const [first = "", second = ""] = file.split("/");
  if (first === "src") return second.endsWith(".ts") ? "src" : `src/${second}`;
  return first.startsWith("@") ? `${first}/${second}` : first;
};

const largestFirst = (sums: ReadonlyMap<string, number>, wholeUs: number) =>
  [...sums].map(([name, us]) => ({ name, percent: (us / wholeUs) * 100 })).toSorted((a, b) => b.percent - a.percent);

/** Where a chat's time goes on workerd's one busy thread, as V8's profiler samples it. */
export async function profileChats(stage: Stage, driver: Driver, date: string, tell: (line: string) => void): Promise<Profiled> {
  const { storage, keys } = await furnish(stage, "profiled", USERS);
  const port = await freePort();
  const farebox = await runFarebox(stage, "profiled", storage, "ships", [`--inspector-addr=127.0.0.1:${port}`]);
  const map = sourceMap(stage.bundles.farebox.folder);
  const loads: Profiled["loads"] = [];
  for (const [title, body] of [
    ["JSON", JSON_BODY],
    ["SSE, client asked for usage", SSE_BODY],
  ] as const) {
    const url = `${farebox.url}/v1/chat/completions`;
    const load = { url, headers: {}, keys, body, connections: CONNECTIONS };
    await driver.drive({ ...load, seconds: 2 });
    const inspector = await Inspector.connect(port, "farebox");
    await inspector.call("Profiler.enable");
    await inspector.call("Profiler.setSamplingInterval", { interval: SAMPLE_EVERY_US });
    await inspector.call("Profiler.start");
    const before = cpuMs(farebox.program.pid);
    const { answers } = await driver.drive({ ...load, seconds: SECONDS });
    const usedMs = cpuMs(farebox.program.pid) - before;
    const { nodes, samples, timeDeltas } = profile.parse(await inspector.call("Profiler.stop")).profile;
    inspector.close();

    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    const rooms = new Map<string, number>();
    const functions = new Map<string, number>();
    let wholeUs = 0;
    let javascriptUs = 0;
    for (const [at, id] of samples.entries()) {
      const frame = frames.get(id);
      const us = timeDeltas[at] ?? 0;
      wholeUs += us;
      if (frame === undefined || OUTSIDE.has(frame.functionName)) continue;
      javascriptUs += us;
      const file = fileOf(frame, map);
      const name = `${frame.functionName === "" ? "(anonymous)" : frame.functionName} · ${file}`;
      rooms.set(roomOf(file), (rooms.get(roomOf(file)) ?? 0) + us);
      functions.set(name, (functions.get(name) ?? 0) + us);
    }
    loads.push({
      title,
      chats: answers,
      cpuMs: usedMs / answers,
      javascriptPercent: (javascriptUs / wholeUs) * 100,
      rooms: largestFirst(rooms, wholeUs),
      functions: largestFirst(functions, wholeUs).slice(0, FUNCTIONS_SHOWN),
    });
    const percent = ((javascriptUs / wholeUs) * 100).toFixed(0);
    tell(`${title}: ${((usedMs / answers) * 1000).toFixed(0)} µs of CPU a chat; ${percent} % of the time in JavaScript`);
  }
  await farebox.program.stop();
  return { date, loads };
}
