import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { unstable_readConfig } from "wrangler";
import type { Bundle, Bundles } from "./build.ts";
import { ROOT, scratch } from "./scratch.ts";

const { compatibility_date: DATE, compatibility_flags: FLAGS } = unstable_readConfig({
  config: join(ROOT, "wrangler.toml"),
});

/** The ports of a workerd process on the loopback address. */
export interface Ports {
  readonly http: number;
  readonly d1: number;
}

/** Quotes a string in Cap'n Proto's text format, which is the same as in JSON. */
const quote = (value: string): string => JSON.stringify(value);
const formatList = (items: readonly string[]): string =>
  `[\n      ${items.join(",\n      ")}\n    ]`;

function formatModules({ folder, main, wasm, texts }: Bundle): string {
  const embed = (file: string): string => `embed ${quote(relative(scratch, join(folder, file)))}`;
  return formatList([
    `(name = ${quote(main)}, esModule = ${embed(main)})`,
    ...wasm.map((file) => `(name = ${quote(`./${file}`)}, wasm = ${embed(file)})`),
    ...texts.map((file) => `(name = ${quote(`./${file}`)}, text = ${embed(file)})`),
  ]);
}

/**
 * Returns the config of one Worker, with its bindings and the classes of its objects by their
 * unique keys.
 */
function workerConfig(
  bundle: Bundle,
  bindings: readonly string[],
  objects: Readonly<Record<string, string>> = {},
): string {
  const classes = Object.entries(objects).map(
    ([className, key]) =>
      `(className = ${quote(className)}, uniqueKey = ${quote(key)}, enableSql = true)`,
  );
  return `(
    compatibilityDate = ${quote(DATE ?? "")},
    compatibilityFlags = [${FLAGS.map(quote).join(", ")}],
    modules = ${formatModules(bundle)},
    bindings = ${formatList(bindings)},
    durableObjectNamespaces = ${formatList(classes)},
    durableObjectStorage = (localDisk = "objects"),
  )`;
}

const formatVars = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).map(([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`);

const objectBinding = (name: string, className: string): string =>
  `(name = ${quote(name)}, durableObjectNamespace = ${quote(className)})`;

/**
 * Returns the settings of the Worker under test. Only the address of its upstream is the
 * benchmark's own.
 */
const workerSettings = (upstreamPort: number): Record<string, string> => ({
  JWT_SECRET: "the-benchmarks-secret-of-at-least-32-bytes",
  STRIPE_SECRET_KEY: "sk_test_bench",
  STRIPE_WEBHOOK_SECRET: "whsec_bench",
  UPSTREAMS: JSON.stringify({
    bench: { baseUrl: `http://127.0.0.1:${upstreamPort}/v1`, apiKeyVar: "BENCH_KEY" },
  }),
  BENCH_KEY: "upstream-key",
  PUBLIC_URL: "http://127.0.0.1",
});

const D1_BINDING =
  `(name = "DB", wrapped = (moduleName = "cloudflare-internal:d1-api", ` +
  `innerBindings = [(name = "fetcher", service = "d1")]))`;

interface Service {
  readonly name: string;
  readonly body: string;
}

function writeConfig(
  name: string,
  storage: string,
  services: readonly Service[],
  sockets: readonly [string, number][],
): string {
  const serviceList = [
    ...services.map((service) => `(name = ${quote(service.name)}, worker = ${service.body})`),
    `(name = "objects", disk = (path = ${quote(storage)}, writable = true))`,
    `(name = "internet", network = (allow = ["private"]))`,
  ];
  const socketList = sockets.map(
    ([service, port]) =>
      `(name = ${quote(service)}, address = "127.0.0.1:${port}", http = (), ` +
      `service = ${quote(service)})`,
  );
  const path = join(scratch, `${name}.capnp`);
  writeFileSync(
    path,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
    services = ${formatList(serviceList)},
    sockets = ${formatList(socketList)},
);
`,
  );
  return path;
}

/** The Workers that every config of Farebox needs beside it. */
type Support = Pick<Bundles, "d1" | "openDoor">;

/** Writes the config of a Worker that is Farebox, with the bindings that wrangler.toml has. */
export function workerdConfig(
  name: string,
  bundle: Bundle,
  { d1, openDoor }: Support,
  options: {
    readonly settings: Readonly<Record<string, string>>;
    readonly storage: string;
    readonly ports: Ports;
    /** The class of the accounts, if it is not the shipping one. */
    readonly accounts?: string;
    readonly bindings?: readonly string[];
    readonly classes?: Readonly<Record<string, string>>;
  },
): string {
  const { settings, storage, ports, accounts = "CreditAccount" } = options;
  const bindings = [
    ...formatVars(settings),
    D1_BINDING,
    objectBinding("CREDIT_ACCOUNT", accounts),
    objectBinding("CHAT_HISTORY", "ChatHistory"),
    ...(options.bindings ?? []),
    ...["AUTH", "WRITE", "READ", "ANONYMOUS"].map(
      (what) => `(name = "${what}_RATE_LIMIT", service = "open-door")`,
    ),
  ];
  const classes = {
    CreditAccount: "farebox-CreditAccount",
    ChatHistory: "farebox-ChatHistory",
    ...options.classes,
  };
  const services = [
    { name: "farebox", body: workerConfig(bundle, bindings, classes) },
    {
      name: "d1",
      body: workerConfig(d1, [objectBinding("DATABASE", "Database")], { Database: "d1-Database" }),
    },
    { name: "open-door", body: workerConfig(openDoor, []) },
  ];
  const sockets: [string, number][] = [
    ["farebox", ports.http],
    ["d1", ports.d1],
  ];
  return writeConfig(name, storage, services, sockets);
}

/**
 * Writes the config of the Worker under test, or of another in its place. `accounts` is the class
 * of the accounts.
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
    readonly settings: Readonly<Record<string, string>>;
  },
): string {
  const { worker, accounts, storage, ports, upstreamPort } = options;
  const lab = worker === "lab";
  return workerdConfig(name, bundles[worker], bundles, {
    settings: { ...workerSettings(upstreamPort), ...options.settings },
    storage,
    ports,
    accounts,
    bindings: lab ? [objectBinding("LONG", "CreditAccount")] : [],
    classes: lab ? { CountedAccount: "farebox-CountedAccount" } : {},
  });
}

/** Writes the config of the floor, which has a process of its own. */
export function floorConfig(
  bundles: Bundles,
  options: { storage: string; port: number; upstreamPort: number },
): string {
  const { storage, port, upstreamPort } = options;
  const bindings = [
    ...formatVars({ UPSTREAM: `http://127.0.0.1:${upstreamPort}` }),
    objectBinding("ROOM", "Room"),
  ];
  return writeConfig(
    "floor",
    storage,
    [{ name: "floor", body: workerConfig(bundles.floor, bindings, { Room: "floor-Room" }) }],
    [["floor", port]],
  );
}
