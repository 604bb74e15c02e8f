import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, parseEnv } from "node:util";
import type { NeededPort } from "./ports.ts";
import type { LocalSettings, Ports } from "./settings.ts";
import { UserError } from "./user-error.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

export const USAGE = `npm start -- [--verbose] [--catalog <name>] [--empty] [--state <folder>]
                     [--settings <file>]
  --verbose   shows everything that the programs say, not only errors
  --catalog   which of dev/catalogs is sold, and nothing else (default)
  --empty     loads no catalog and signs nobody up: an operator's first hour, from /setup
  --state     where databases, secrets and people are kept (.dev)
  --settings  a file of settings to read in place of .dev.vars
Ports: FAREBOX_PORT (8787), FAREBOX_STRIPE_PORT (12111), FAREBOX_MODEL_PORT (12112),
       FAREBOX_MAILBOX_PORT (12113), FAREBOX_TURNSTILE_PORT (12114),
       FAREBOX_ISSUER_PORT (12115).
FAREBOX_TURNSTILE=1 shows a local Turnstile at sign-up and at a lost password.
Settings: .dev.vars, see .dev.vars.example.`;

export interface Options {
  readonly verbose: boolean;
  readonly help: boolean;
  /** The name of the catalog to load; null for the one of the last start. */
  readonly catalog: string | null;
  /** Whether nothing is loaded and nobody signed up, so that `/setup` awaits the first admin. */
  readonly empty: boolean;
  readonly stateFolder: string;
  /** The file that is read in place of `.dev.vars`; null for `.dev.vars`. */
  readonly settingsFile: string | null;
}

/** Reads the command line. */
export function readOptions(): Options {
  try {
    const options = {
      verbose: { type: "boolean", default: false },
      state: { type: "string", default: ".dev" },
      settings: { type: "string" },
      catalog: { type: "string" },
      empty: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    } as const;
    const { verbose, state, settings, catalog = null, empty, help } = parseArgs({ options }).values;
    const settingsFile = settings === undefined ? null : resolve(ROOT, settings);
    if (settingsFile !== null && !existsSync(settingsFile))
      throw new Error(`There is no file ${settingsFile}.`);
    return { verbose, help, catalog, empty, stateFolder: resolve(ROOT, state), settingsFile };
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function readPort(variable: string, fallback: number): number {
  const text = process.env[variable] ?? "";
  const port = text === "" ? fallback : Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UserError(`${variable} is not a port: ${text}`);
  return port;
}

/** Reads the ports from the environment, with defaults. */
export const readPorts = (): Ports => ({
  worker: readPort("FAREBOX_PORT", 8787),
  stripe: readPort("FAREBOX_STRIPE_PORT", 12_111),
  model: readPort("FAREBOX_MODEL_PORT", 12_112),
  mailbox: readPort("FAREBOX_MAILBOX_PORT", 12_113),
  turnstile: readPort("FAREBOX_TURNSTILE_PORT", 12_114),
  issuer: readPort("FAREBOX_ISSUER_PORT", 12_115),
});

/** Returns whether the local Turnstile was asked for. Nobody should have to, to try Farebox out. */
export const wantsTurnstile = (): boolean => process.env["FAREBOX_TURNSTILE"] === "1";

/** Lists the ports that are needed with these settings. */
export const neededPorts = (settings: LocalSettings, ports: Ports): readonly NeededPort[] => [
  { program: "the Worker", port: ports.worker, variable: "FAREBOX_PORT" },
  ...(settings.localStripe
    ? [{ program: "the local Stripe", port: ports.stripe, variable: "FAREBOX_STRIPE_PORT" }]
    : []),
  ...(settings.localModel
    ? [{ program: "the local model", port: ports.model, variable: "FAREBOX_MODEL_PORT" }]
    : []),
  ...(settings.localMailbox
    ? [{ program: "the local mailbox", port: ports.mailbox, variable: "FAREBOX_MAILBOX_PORT" }]
    : []),
  ...(settings.localTurnstile
    ? [
        {
          program: "the local Turnstile",
          port: ports.turnstile,
          variable: "FAREBOX_TURNSTILE_PORT",
        },
      ]
    : []),
  ...(settings.localIssuer
    ? [{ program: "the local issuer", port: ports.issuer, variable: "FAREBOX_ISSUER_PORT" }]
    : []),
];

/** Returns the path of the settings: `.dev.vars`, or the file that takes its place. */
export const settingsPath = (settingsFile: string | null): string =>
  settingsFile ?? join(ROOT, ".dev.vars");

/** Reads the settings in `.dev.vars`, or in the file that takes its place. */
export function readDevVars(
  settingsFile: string | null,
): Readonly<Record<string, string | undefined>> {
  const file = settingsPath(settingsFile);
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
}
