import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSavedState } from "../../../dev/saved-state.ts";
import { measureSlowness, timeLimit } from "../../../dev/slowness.ts";
import { freePorts } from "./ports.ts";
import { descendants, killLeftovers, type ProcessInfo } from "./processes.ts";

const START = fileURLToPath(new URL("../../../dev/start.ts", import.meta.url));
const READY_WITHIN_MS = 120_000;
const STOPPED_WITHIN_MS = 30_000;

/**
 * A stack that `npm start` started: its addresses, and the secrets and the admin that it created.
 * Plain data, so that it can be provided to every test.
 */
export interface Stack {
  readonly url: string;
  readonly stripeUrl: string;
  readonly modelUrl: string;
  readonly mailboxUrl: string;
  readonly issuerUrl: string;
  readonly webhookSecret: string;
  readonly admin: { readonly email: string; readonly password: string };
}

function waitUntilReady(start: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (reason: string): void => {
      clearInterval(timeout);
      reject(new Error(`npm start ${reason}:\n${output}`));
    };
    const limit = timeLimit(READY_WITHIN_MS);
    const timeout = setInterval(() => {
      if (limit.isOver()) fail(`was not ready in ${READY_WITHIN_MS / 1000} s`);
    }, 1000);
    const onOutput = (text: Buffer): void => {
      output += text.toString();
      if (output.includes("Farebox is ready")) {
        clearInterval(timeout);
        resolve();
      }
    };
    start.stdout?.on("data", onOutput);
    start.stderr?.on("data", onOutput);
    start.once("exit", (code) => {
      clearInterval(timeout);
      fail(`ended with ${code}`);
    });
  });
}

/** Stops `npm start` as Ctrl-C does, and checks that all its processes have ended. */
async function stopProcess(start: ChildProcess): Promise<void> {
  const { pid } = start;
  if (pid === undefined) return;
  const family: readonly ProcessInfo[] = descendants(pid);
  const ended = new Promise<number | null>((resolve) => start.once("exit", resolve));
  const limitMs = STOPPED_WITHIN_MS * measureSlowness();
  const timeout = setTimeout(() => start.kill("SIGKILL"), limitMs);
  start.kill("SIGINT");
  const code = start.exitCode ?? (await ended);
  clearTimeout(timeout);
  const left = await killLeftovers(family);
  if (left.length > 0) throw new Error(`npm start left these behind:\n${left.join("\n")}`);
  if (code !== 0) throw new Error(`npm start ended with ${code} when it was asked to end`);
}

/** What runs, and the folder with its state. */
interface Started {
  readonly addresses: Omit<Stack, "webhookSecret" | "admin">;
  readonly folder: string;
  readonly stop: () => Promise<void>;
}

/** Runs `npm start` on ports and a state folder of its own, and waits until it is ready. */
async function runStart(
  settings: Readonly<Record<string, string>>,
  options: readonly string[],
): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "farebox-journeys-"));
  const settingsFile = join(folder, "settings");
  writeFileSync(
    settingsFile,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
  );
  const ports = await freePorts(5);
  const [worker, stripe, model, mailbox, issuer] = ports.map(String);
  const args = [START, "--state", folder, "--settings", settingsFile, ...options];
  const start = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      FAREBOX_PORT: worker,
      FAREBOX_STRIPE_PORT: stripe,
      FAREBOX_MODEL_PORT: model,
      FAREBOX_MAILBOX_PORT: mailbox,
      FAREBOX_ISSUER_PORT: issuer,
    },
  });
  const stop = async (): Promise<void> => {
    await stopProcess(start).finally(() => rmSync(folder, { recursive: true, force: true }));
  };
  try {
    await waitUntilReady(start);
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  const addresses = {
    url: `http://127.0.0.1:${worker}`,
    stripeUrl: `http://127.0.0.1:${stripe}`,
    modelUrl: `http://127.0.0.1:${model}`,
    mailboxUrl: `http://127.0.0.1:${mailbox}`,
    issuerUrl: `http://127.0.0.1:${issuer}`,
  };
  return { addresses, folder, stop };
}

/**
 * Starts what `npm start` starts, and waits until it is ready.
 * @param settings the content of a developer's `.dev.vars`, which is not read
 */
export async function startStack(
  settings: Readonly<Record<string, string>>,
): Promise<{ stack: Stack; stop: () => Promise<void> }> {
  const { addresses, folder, stop } = await runStart(settings, []);
  const { secrets, admin } = readSavedState(folder);
  if (admin === null) throw new Error("npm start made no admin");
  const { email, password } = admin;
  const stack: Stack = {
    ...addresses,
    webhookSecret: secrets.webhookSecret,
    admin: { email, password },
  };
  return { stack, stop };
}

/**
 * Starts an empty Farebox, without a catalog and without users.
 * @returns its origin, and what stops it
 */
export async function startEmptyStack(): Promise<{ url: string; stop: () => Promise<void> }> {
  const { addresses, stop } = await runStart({}, ["--empty"]);
  return { url: addresses.url, stop };
}
