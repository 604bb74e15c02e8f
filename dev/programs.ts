import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Options } from "./options.ts";
import { type Program, WRANGLER } from "./processes.ts";
import {
  LOCAL_CLIENT,
  LOCAL_MAIL_KEY,
  LOCAL_STRIPE_KEY,
  LOCAL_TURNSTILE_KEYS,
  type LocalSettings,
  localRedirectUris,
  type Ports,
} from "./settings.ts";

/** The delay for each token of the local model: 40 tokens a second, as fast as a person reads. */
const MODEL_PACE_MS = 25;

/** Two lines that workerd logs as an error when a client disconnects. */
const CLIENT_DISCONNECTED =
  /kj::getCaughtExceptionAsKj\(\).* disconnected: |^\s+stack: \S*workerd@/;

const CATALOG = fileURLToPath(new URL("./load-catalog.ts", import.meta.url));
const STRIPE = fileURLToPath(new URL("./stripe/server.ts", import.meta.url));
const MAILBOX = fileURLToPath(new URL("./mailbox/server.ts", import.meta.url));
const TURNSTILE = fileURLToPath(new URL("./turnstile/server.ts", import.meta.url));
const ISSUER = fileURLToPath(new URL("./issuer/server.ts", import.meta.url));
const MODEL = fileURLToPath(new URL("./model/server.ts", import.meta.url));

/** `{ port: "1" }` → `--port 1` */
const flags = (values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);

/**
 * Returns every program of one start: `migration` and `catalog` run to their end, one after the
 * other; the others keep running.
 */
export function programs(
  settings: LocalSettings,
  ports: Ports,
  options: Omit<Options, "help" | "catalog" | "empty">,
) {
  const { verbose, stateFolder, settingsFile } = options;
  const database = flags({ "persist-to": join(stateFolder, "state") });
  const vars = Object.entries(settings.vars).flatMap(([name, value]) => [
    "--var",
    `${name}:${value}`,
  ]);
  const migration: Program = {
    name: "migration",
    show: verbose ? "all" : "nothing",
    args: [WRANGLER, "d1", "migrations", "apply", "DB", "--local", ...database],
  };
  /** @param only whether the last start had another catalog */
  const catalog = (name: string, only: boolean): Program => ({
    name: "catalog",
    show: verbose ? "all" : "nothing",
    args: [CATALOG, name, ...database, ...(only ? ["--only"] : [])],
  });
  const worker: Program = {
    name: "Worker",
    show: "all",
    ...(verbose ? {} : { hide: CLIENT_DISCONNECTED }),
    args: [
      WRANGLER,
      "dev",
      ...flags({ ip: "127.0.0.1", port: String(ports.worker), "inspector-port": "0" }),
      ...flags({ "log-level": verbose ? "log" : "error", "show-interactive-dev-session": "false" }),
      ...database,
      // wrangler does not read .dev.vars then.
      ...(settingsFile === null ? [] : flags({ "env-file": settingsFile })),
      ...vars,
    ],
  };
  const stripe: Program = {
    name: "local Stripe",
    show: verbose ? "all" : "errors",
    args: [
      STRIPE,
      ...flags({
        port: String(ports.stripe),
        state: join(stateFolder, "stripe.json"),
        "secret-key": LOCAL_STRIPE_KEY,
      }),
      ...flags({
        "webhook-secret": settings.webhookSecret,
        "webhook-url": `http://127.0.0.1:${ports.worker}/api/webhooks/stripe`,
      }),
    ],
  };
  const model: Program = {
    name: "local model",
    show: verbose ? "all" : "nothing",
    args: [
      MODEL,
      ...flags({
        port: String(ports.model),
        "api-key": settings.modelKey,
        "delay-ms": String(MODEL_PACE_MS),
      }),
    ],
  };
  const mailbox: Program = {
    name: "local mailbox",
    show: verbose ? "all" : "nothing",
    args: [
      MAILBOX,
      ...flags({
        port: String(ports.mailbox),
        "api-key": LOCAL_MAIL_KEY,
        state: join(stateFolder, "mails.json"),
      }),
    ],
  };
  const turnstile: Program = {
    name: "local Turnstile",
    show: verbose ? "all" : "nothing",
    args: [
      TURNSTILE,
      ...flags({
        port: String(ports.turnstile),
        "site-key": LOCAL_TURNSTILE_KEYS.siteKey,
        "secret-key": LOCAL_TURNSTILE_KEYS.secretKey,
      }),
    ],
  };
  const issuer: Program = {
    name: "local issuer",
    show: verbose ? "all" : "nothing",
    args: [
      ISSUER,
      ...flags({
        port: String(ports.issuer),
        "client-id": LOCAL_CLIENT.id,
        "client-secret": LOCAL_CLIENT.secret,
      }),
      ...localRedirectUris(ports, settings.publicUrl).flatMap((uri) => ["--redirect-uri", uri]),
    ],
  };
  return { migration, catalog, worker, stripe, model, mailbox, turnstile, issuer };
}
