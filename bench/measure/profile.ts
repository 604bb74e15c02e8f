import { readdirSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import type { Driver } from "../drive/load.ts";
import { freePort } from "../machine/scratch.ts";
import { cpuMs } from "../machine/usage.ts";
import type { Profiled } from "../report/results.ts";
import { JSON_BODY, SSE_BODY, SSE_NO_USAGE_BODY } from "./cases.ts";
import { cpuProfile, foldProfile } from "./fold-profile.ts";
import { Inspector } from "./inspector.ts";
import { prepareAccounts, runFarebox, type Stage } from "./stage.ts";

const SECONDS = 6;
const CONNECTIONS = 16;
const USERS = 64;
const SAMPLE_EVERY_US = 200;

function sourceMap(folder: string): SourceMap {
  const file = readdirSync(folder).find((name) => name.endsWith(".js.map"));
  if (file === undefined) throw new Error("wrangler built no source map.");
  return new SourceMap(JSON.parse(readFileSync(join(folder, file), "utf8")));
}

/** Profiles where the time of a chat goes on workerd's busy thread, by V8's sampling profiler. */
export async function profileChats(
  stage: Stage,
  driver: Driver,
  date: string,
  log: (line: string) => void,
): Promise<Profiled> {
  const { storage, keys } = await prepareAccounts(stage, "profiled", USERS);
  const port = await freePort();
  const farebox = await runFarebox(stage, "profiled", storage, "ships", [
    `--inspector-addr=127.0.0.1:${port}`,
  ]);
  const map = sourceMap(stage.bundles.farebox.folder);
  const loads: Profiled["loads"] = [];
  for (const [title, body] of [
    ["JSON", JSON_BODY],
    ["SSE, client asked for usage", SSE_BODY],
    ["SSE, client did not ask for usage", SSE_NO_USAGE_BODY],
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
    const { profile } = cpuProfile.parse(await inspector.call("Profiler.stop"));
    inspector.close();
    const folded = foldProfile(profile, map);
    loads.push({ title, chats: answers, cpuMs: usedMs / answers, ...folded });
    const cpuUs = (usedMs / answers) * 1000;
    log(
      `${title}: ${cpuUs.toFixed(0)} µs of CPU a chat; ` +
        `${folded.javascriptPercent.toFixed(0)} % of the time in JavaScript`,
    );
  }
  await farebox.program.stop();
  return { date, loads };
}
