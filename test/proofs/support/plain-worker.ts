import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bundle, buildSupport, bundle } from "../../../bench/machine/build.ts";
import { workerdConfig } from "../../../bench/machine/config.ts";
import { loadCatalog } from "../../../bench/machine/load-catalog.ts";
import type { Program } from "../../../bench/machine/processes.ts";
import { folder, removeScratch } from "../../../bench/machine/scratch.ts";
import { serve } from "../../../bench/machine/workerd.ts";
import { waitForAnswer } from "../../../dev/child-processes.ts";
import { Child } from "../../../dev/processes.ts";
import { programs } from "../../../dev/programs.ts";
import { readCatalog } from "../../../dev/read-catalog.ts";
import { readSavedState } from "../../../dev/saved-state.ts";
import { LOCAL_STRIPE_KEY, resolveLocalSettings } from "../../../dev/settings.ts";
import { freePorts } from "../../journeys/support/ports.ts";

const ENTRY = fileURLToPath(new URL("../../support/proof-worker.ts", import.meta.url));

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

export interface PlainWorkerOptions {
  /** Settings of the Worker other than those of `npm start`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The entry of a Worker that is broken on purpose; null for the real one. */
  readonly broken: string | null;
}

/**
 * The Worker as `wrangler deploy` builds it, in plain workerd, with the local Stripe and the local
 * model of `npm start`. It starts within a second, and nothing else is in its process. Its database
 * is that of the benchmark (bench/workers/d1.ts).
 */
export class PlainWorker {
  readonly url: string;
  readonly stripeUrl: string;
  readonly modelUrl: string;
  readonly adminEmail: string;
  readonly webhookSecret: string;
  readonly #modelKey: string;
  readonly #config: string;
  readonly #ports: { readonly http: number; readonly d1: number };
  readonly #others: readonly Child[];
  #program: Program | null = null;

  private constructor(
    worker: Bundle,
    [http = 0, d1 = 0, stripe = 0, model = 0]: readonly number[],
    settings: Readonly<Record<string, string>>,
  ) {
    const state = folder("state");
    const local = resolveLocalSettings({}, readSavedState(state).secrets, {
      worker: http,
      stripe,
      model,
      mailbox: 0,
      turnstile: 0,
      issuer: 0,
    });
    const started = programs(
      local,
      { worker: http, stripe, model, mailbox: 0, turnstile: 0, issuer: 0 },
      { verbose: false, stateFolder: state, settingsFile: join(state, "settings") },
    );
    this.#ports = { http, d1 };
    this.#config = workerdConfig("farebox", worker, buildSupport(), {
      // Without mails: no proof is about them, and there is no mailbox.
      settings: { ...local.vars, MAIL_FROM: "", ...settings },
      storage: folder("objects"),
      ports: this.#ports,
    });
    this.#others = [new Child({ ...started.stripe, show: "nothing" }), new Child(started.model)];
    this.url = `http://127.0.0.1:${http}`;
    this.stripeUrl = `http://127.0.0.1:${stripe}`;
    this.modelUrl = `http://127.0.0.1:${model}`;
    this.#modelKey = local.modelKey;
    this.adminEmail = local.adminEmail ?? "";
    this.webhookSecret = local.webhookSecret;
  }

  /** Builds and starts everything in a state folder of its own, with the default catalog. */
  static async start({ settings = {}, broken }: PlainWorkerOptions): Promise<PlainWorker> {
    const built = await bundle("farebox", [broken ?? ENTRY]);
    const worker = new PlainWorker(built, await freePorts(4), settings);
    process.once("exit", () => worker.#end());
    try {
      const stripe = `${worker.stripeUrl}/v1/events?limit=1`;
      const model = `${worker.modelUrl}/v1/models`;
      await Promise.all([
        worker.startWorker(),
        waitForAnswer("local Stripe", stripe, bearer(LOCAL_STRIPE_KEY)),
        waitForAnswer("local model", model, bearer(worker.#modelKey)),
      ]);
      await loadCatalog(`http://127.0.0.1:${worker.#ports.d1}`, await readCatalog("default"));
      return worker;
    } catch (error) {
      await worker.stop();
      throw error;
    }
  }

  /** The process of the Worker. */
  get pid(): number {
    if (this.#program === null) throw new Error("the Worker is dead");
    return this.#program.pid;
  }

  /** Starts the Worker on the existing state and waits until it answers. */
  async startWorker(): Promise<void> {
    this.#program = await serve("the Worker", this.#config, this.#ports.http);
  }

  /** Kills the Worker. */
  async killWorker(): Promise<void> {
    this.#program?.kill("SIGKILL");
    await this.#program?.ended();
    this.#program = null;
  }

  /** Runs the Worker's cron. */
  async runCron(): Promise<void> {
    const reply = await fetch(`${this.url}/cdn-cgi/handler/scheduled`);
    const text = await reply.text();
    if (!reply.ok) throw new Error(`The cron answers ${reply.status}: ${text}`);
  }

  #end(): void {
    this.#program?.kill("SIGKILL");
    for (const child of this.#others) child.kill("SIGKILL");
    removeScratch();
  }

  /** Stops everything and deletes the state. */
  async stop(): Promise<void> {
    await this.killWorker();
    await Promise.all(this.#others.map((child) => child.stop()));
    removeScratch();
  }
}
