import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { catalogData } from "../../src/catalog/catalog-data.ts";
import { portkeyHeaders, startPortkeys } from "../drive/portkey.ts";
import { type Bundles, buildAll } from "../machine/build.ts";
import { fareboxConfig, floorConfig, type Ports } from "../machine/config.ts";
import { loadCatalog } from "../machine/load-catalog.ts";
import { type Program, start } from "../machine/processes.ts";
import { folder, freePort } from "../machine/scratch.ts";
import { awaitAnswer, serve } from "../machine/workerd.ts";
import type { TargetName } from "./cases.ts";

const UPSTREAM = fileURLToPath(new URL("../upstream/server.ts", import.meta.url));
const USERS_AT_ONCE = 50;

/** The price in credits per million tokens, input and output: one microcredit per token. */
const PRICE = 1;

/** A server to which chats are sent. */
export interface Target {
  readonly name: TargetName;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pid: number;
}

/** The basis of every measurement: the built Workers, and the upstream. */
export interface Stage {
  readonly bundles: Bundles;
  readonly upstreamPort: number;
}

export async function setUpStage(): Promise<Stage> {
  const bundles = await buildAll();
  const upstreamPort = await freePort();
  const upstream = start("the upstream", process.execPath, [UPSTREAM, String(upstreamPort)]);
  await awaitAnswer(upstream, `http://127.0.0.1:${upstreamPort}/`);
  return { bundles, upstreamPort };
}

const newPorts = async (): Promise<Ports> => ({ http: await freePort(), d1: await freePort() });

/**
 * A workerd process with the lab, the shipping Worker, or its accounts alone, and the accounts
 * stored in a folder.
 */
export interface Running {
  readonly program: Program;
  readonly url: string;
  readonly d1Url: string;
}

export async function runFarebox(
  stage: Stage,
  name: string,
  storage: string,
  build: "ships" | "lab" | "counting" | "bare",
  extra: readonly string[] = [],
  settings: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const ports = await newPorts();
  const accounts = build === "counting" ? "CountedAccount" : "CreditAccount";
  const { bundles, upstreamPort } = stage;
  const worker = build === "ships" ? "farebox" : build === "counting" ? "lab" : build;
  const config = fareboxConfig(name, bundles, {
    worker,
    accounts,
    storage,
    ports,
    upstreamPort,
    settings,
  });
  const program = await serve(name, config, ports.http, extra);
  return { program, url: `http://127.0.0.1:${ports.http}`, d1Url: `http://127.0.0.1:${ports.d1}` };
}

/** Sends a request to the lab. */
export async function callLab<T>(
  { url, program }: Running,
  path: string,
  schema: z.ZodType<T>,
): Promise<T> {
  const reply = await fetch(`${url}/lab/${path}`, { signal: AbortSignal.timeout(300_000) });
  if (!reply.ok)
    throw new Error(`The lab failed at ${path}: ${await reply.text()}\n${program.output}`);
  return schema.parse(await reply.json());
}

/** Creates the models. */
async function loadModels({ d1Url }: Running): Promise<void> {
  const shared = {
    upstream: "bench",
    inputPrice: PRICE,
    outputPrice: PRICE,
    contextLength: 128_000,
    maxOutputTokens: 16_384,
  };
  const models = ["bench", "paced", "slow"].map((id) => ({ ...shared, id, upstreamModel: id }));
  await loadCatalog(d1Url, catalogData.parse({ plans: [], models }));
}

/** Creates users with keys and credits in the accounts of a running lab. Returns their keys. */
export async function makeUsers(running: Running, users: number): Promise<string[]> {
  const keys: string[] = [];
  for (let from = 0; from < users; from += USERS_AT_ONCE) {
    const to = Math.min(users, from + USERS_AT_ONCE);
    keys.push(...(await callLab(running, `users?from=${from}&to=${to}`, z.array(z.string()))));
  }
  return keys;
}

/**
 * Creates a folder with accounts and a catalog, in a process that ends, so that the measured one
 * finds them as after a start.
 */
export async function prepareAccounts(
  stage: Stage,
  name: string,
  users: number,
): Promise<{ storage: string; keys: string[] }> {
  const storage = folder(`objects/${name}`);
  const creator = await runFarebox(stage, `${name}-maker`, storage, "lab");
  await loadModels(creator);
  const keys = await makeUsers(creator, users);
  await creator.program.stop();
  return { storage, keys };
}

const PATH = "/v1/chat/completions";

/**
 * Starts all targets that are measured side by side. Portkey is missing if it, or its Node, cannot
 * be fetched.
 */
export async function startTargets(stage: Stage, storage: string) {
  const { bundles, upstreamPort } = stage;
  const port = await freePort();
  const floorStorage = folder("objects/floor");
  const floor = await serve(
    "the floor",
    floorConfig(bundles, { storage: floorStorage, port, upstreamPort }),
    port,
  );
  const bareStorage = folder("objects/bare");
  cpSync(storage, bareStorage, { recursive: true });
  const farebox = await runFarebox(stage, "Farebox", storage, "ships");
  const bare = await runFarebox(stage, "Farebox's accounts", bareStorage, "bare");
  const portkeys = await startPortkeys();
  const targets: Target[] = [
    { name: "floor", url: `http://127.0.0.1:${port}${PATH}`, headers: {}, pid: floor.pid },
    { name: "rpc", url: `http://127.0.0.1:${port}/rpc${PATH}`, headers: {}, pid: floor.pid },
    { name: "rows", url: `http://127.0.0.1:${port}/rows${PATH}`, headers: {}, pid: floor.pid },
    { name: "bare", url: bare.url + PATH, headers: {}, pid: bare.program.pid },
    { name: "farebox", url: farebox.url + PATH, headers: {}, pid: farebox.program.pid },
  ];
  for (const { name, program, url } of portkeys)
    targets.push({
      name,
      url: url + PATH,
      headers: portkeyHeaders(upstreamPort),
      pid: program.pid,
    });
  const programs = [
    floor,
    farebox.program,
    bare.program,
    ...portkeys.map(({ program }) => program),
  ];
  return { targets, stop: () => Promise.all(programs.map((program) => program.stop())) };
}
