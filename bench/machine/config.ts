import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { unstable_readConfig } from "wrangler";
import type { Bundle, Bundles } from "./build.ts";
import { ROOT, scratch } from "./scratch.ts";

const { compatibility_date: DATE, compatibility_flags: FLAGS } = unstable_readConfig({
  config: join(ROOT, "wrangler.toml"),
});

/** Where each part of a workerd process listens on the loopback address. */
export interface Ports {
  readonly http: number;
  readonly d1: number;
}

/** Cap'n Proto's text format takes strings as JSON writes them. */
const text = (value: string): string => JSON.stringify(value);
const list = (items: readonly string[]): string => `[\n      ${items.join(",\n      ")}\n    ]`;

function modules({ folder, main, wasm }: Bundle): string {
  const embed = (file: string): string => `embed ${text(relative(scratch, join(folder, file)))}`;
  return list([
    `(name = ${text(main)}, esModule = ${embed(main)})`,
    ...wasm.map((file) => `(name = ${text(`./${file}`)}, wasm = ${embed(file)})`),
  ]);
}

/**
 * One Worker, with its bindings and the classes of its objects, each class kept under its unique
 * key.
 */
function worker(
  bundle: Bundle,
  bindings: readonly string[],
  objects: Readonly<Record<string, string>> = {},
): string {
  const classes = Object.entries(objects).map(
    ([className, key]) =>
      `(className = ${text(className)}, uniqueKey = ${text(key)}, enableSql = true)`,
  );
  return `(
    compatibilityDate = ${text(DATE ?? "")},
    compatibilityFlags = [${FLAGS.map(text).join(", ")}],
    modules = ${modules(bundle)},
    bindings = ${list(bindings)},
    durableObjectNamespaces = ${list(classes)},
    durableObjectStorage = (localDisk = "objects"),
  )`;
}

const vars = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`);

const objects = (name: string, className: string): string =>
  `(name = ${text(name)}, durableObjectNamespace = ${text(className)})`;

/**
 * Settings of the Worker under test. Nothing of the benchmark's is special but where its upstream
 * is.
 */
const settings = (upstreamPort: number): Record<string, string> => ({
  JWT_SECRET: "the-benchmarks-secret-of-at-least-32-bytes",
  STRIPE_SECRET_KEY: "sk_test_bench",
  STRIPE_WEBHOOK_SECRET: "whsec_bench",
  UPSTREAMS: JSON.stringify({
    bench: { baseUrl: `http://127.0.0.1:${upstreamPort}/v1`, apiKeyVar: "BENCH_KEY" },
  }),
  BENCH_KEY: "upstream-key",
  PUBLIC_URL: "http://127.0.0.1",
});

const D1_BINDING = `(name = "DB", wrapped = (moduleName = "cloudflare-internal:d1-api", innerBindings = [(name = "fetcher", service = "d1")]))`;

interface Service {
  readonly name: string;
  readonly body: string;
}

function write(
  name: string,
  storage: string,
  services: readonly Service[],
  sockets: readonly [string, number][],
): string {
  const listed = [
    ...services.map((service) => `(name = ${text(service.name)}, worker = ${service.body})`),
    `(name = "objects", disk = (path = ${text(storage)}, writable = true))`,
    `(name = "internet", network = (allow = ["private"]))`,
  ];
  const listening = sockets.map(
    ([service, port]) =>
      `(name = ${text(service)}, address = "127.0.0.1:${port}", http = (), service = ${text(service)})`,
  );
  const path = join(scratch, `${name}.capnp`);
  writeFileSync(
    path,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
    services = ${list(listed)},
    sockets = ${list(listening)},
);
`,
  );
  return path;
}

/**
 * The Worker under test, or another in its place: `accounts` names the class that the accounts are
 * of.
 */
export function fareboxConfig(
  name: string,
  bundles: Bundles,
  options: {
    readonly worker: "farebox" | "lab" | "bare";
    readonly accounts: "CreditAccount" | "CountedAccount";
    readonly storage: string;
    readonly ports: Ports;
    readonly upstreamPort: number;
  },
): string {
  const { accounts, storage, ports, upstreamPort } = options;
  const lab = options.worker === "lab";
  const bindings = [
    ...vars(settings(upstreamPort)),
    D1_BINDING,
    objects("CREDIT_ACCOUNT", accounts),
    objects("CHAT_HISTORY", "ChatHistory"),
    ...(lab ? [objects("LONG", "CreditAccount")] : []),
    `(name = "AUTH_RATE_LIMIT", service = "open-door")`,
  ];
  const classes: Record<string, string> = {
    CreditAccount: "farebox-CreditAccount",
    ChatHistory: "farebox-ChatHistory",
  };
  if (lab) classes["CountedAccount"] = "farebox-CountedAccount";
  const services = [
    { name: "farebox", body: worker(bundles[options.worker], bindings, classes) },
    {
      name: "d1",
      body: worker(bundles.d1, [objects("DATABASE", "Database")], { Database: "d1-Database" }),
    },
    { name: "open-door", body: worker(bundles.openDoor, []) },
  ];
  const sockets: [string, number][] = [
    ["farebox", ports.http],
    ["d1", ports.d1],
  ];
  return write(name, storage, services, sockets);
}

/** The floor, in a process of its own. */
export function floorConfig(
  bundles: Bundles,
  options: { storage: string; port: number; upstreamPort: number },
): string {
  const { storage, port, upstreamPort } = options;
  const bindings = [
    ...vars({ UPSTREAM: `http://127.0.0.1:${upstreamPort}` }),
    objects("ROOM", "Room"),
  ];
  return write(
    "floor",
    storage,
    [{ name: "floor", body: worker(bundles.floor, bindings, { Room: "floor-Room" }) }],
    [["floor", port]],
  );
}
