import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { waitForAnswer } from "../../../dev/child-processes.ts";
import { Child, type Program } from "../../../dev/processes.ts";
import { programs } from "../../../dev/programs.ts";
import { readSavedState } from "../../../dev/saved-state.ts";
import { resolveLocalSettings } from "../../../dev/settings.ts";
import { freePorts } from "./ports.ts";

const AN_HOUR_LATER = fileURLToPath(new URL("../../support/an-hour-later.ts", import.meta.url));

async function runToCompletion(program: Program): Promise<void> {
  const child = new Child(program);
  const exit = await child.ended;
  if (!child.succeeded)
    throw new Error(`The ${program.name} failed (${exit}):\n${child.lastOutput}`);
}

/**
 * The programs of `npm start`, started one by one, so that the Worker can be killed while the local
 * Stripe and the local model go on.
 */
export class KillableWorker {
  readonly url: string;
  readonly stripeUrl: string;
  readonly adminEmail: string;
  readonly #folder: string;
  readonly #program: ReturnType<typeof programs>;
  readonly #others: Child[] = [];
  #worker: Child | null = null;

  private constructor(folder: string, ports: readonly number[]) {
    const [worker = 0, stripe = 0, model = 0, mailbox = 0] = ports;
    const all = { worker, stripe, model, mailbox, turnstile: 0, issuer: 0 };
    const settingsFile = join(folder, "settings");
    writeFileSync(settingsFile, "");
    const settings = resolveLocalSettings({}, readSavedState(folder).secrets, all);
    this.#folder = folder;
    this.#program = programs(settings, all, { verbose: false, stateFolder: folder, settingsFile });
    this.url = `http://127.0.0.1:${worker}`;
    this.stripeUrl = `http://127.0.0.1:${stripe}`;
    this.adminEmail = settings.adminEmail ?? "";
  }

  /** Starts everything in a state folder of its own. */
  static async start(): Promise<KillableWorker> {
    const all = new KillableWorker(
      mkdtempSync(join(tmpdir(), "farebox-crash-")),
      await freePorts(4),
    );
    // Runs if the tests are ended before `stop`.
    process.once("exit", () => all.#kill());
    try {
      await all.#startAll();
      return all;
    } catch (error) {
      await all.stop();
      throw error;
    }
  }

  async #startAll(): Promise<void> {
    const { migration, catalog, stripe, model, mailbox } = this.#program;
    const silentStripe = { ...stripe, show: "nothing" } as const;
    this.#others.push(new Child(silentStripe), new Child(model), new Child(mailbox));
    await runToCompletion(migration);
    await runToCompletion(catalog("default", false));
    await this.startWorker();
  }

  /** Starts the Worker on the existing state and waits until it answers. */
  async startWorker(when: "now" | "an hour later" = "now"): Promise<void> {
    const { worker } = this.#program;
    const [wrangler = "", dev = "", ...flags] = worker.args;
    const args = when === "now" ? worker.args : [wrangler, dev, AN_HOUR_LATER, ...flags];
    this.#worker = new Child({ ...worker, args, show: "nothing" });
    await waitForAnswer("Worker", `${this.url}/v1/models`);
  }

  /** Kills the Worker and its child processes. */
  async killWorker(): Promise<void> {
    this.#worker?.kill("SIGKILL");
    await this.#worker?.ended;
    this.#worker = null;
  }

  /** Runs the Worker's cron. */
  async runCron(): Promise<void> {
    const reply = await fetch(`${this.url}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*`);
    const text = await reply.text();
    if (!reply.ok) throw new Error(`The cron answers ${reply.status}: ${text}`);
  }

  #kill(): void {
    for (const child of [this.#worker, ...this.#others]) child?.kill("SIGKILL");
  }

  /** Stops all programs and deletes the state folder. */
  async stop(): Promise<void> {
    await this.killWorker();
    await Promise.all(this.#others.map((child) => child.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
