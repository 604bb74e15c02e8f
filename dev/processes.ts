import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAX_LINES = 30;
const GRACE_MS = 4000;
const LAST_OUTPUT_MS = 300;

/** wrangler's own entry, run by this very Node: the one on the machine may be too old for it. */
export const WRANGLER = fileURLToPath(
  new URL("../node_modules/wrangler/bin/wrangler.js", import.meta.url),
);

/**
 * wrangler asks nobody anything: no usage figures, no look for a newer version, no look-up of where
 * this machine is.
 */
const QUIET_WRANGLER = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

export interface Program {
  /** What its lines begin with. */
  readonly name: string;
  /** A script for Node, then its arguments. */
  readonly args: readonly string[];
  /** Which of its lines a person sees. */
  readonly show: "all" | "errors" | "nothing";
  /** Lines that nobody needs to see, whatever `show` says. */
  readonly hide?: RegExp;
}

/** A program that runs beside this one, in a process group of its own, so that it ends whole. */
export class Child {
  readonly name: string;
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;
  readonly #hide: RegExp | undefined;
  readonly #lines: string[] = [];

  constructor({ name, args, show, hide }: Program) {
    this.name = name;
    this.#hide = hide;
    this.#process = spawn(process.execPath, args, {
      cwd: ROOT,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...QUIET_WRANGLER },
    });
    for (const [stream, shown] of [
      [this.#process.stdout, show === "all"],
      [this.#process.stderr, show !== "nothing"],
    ] as const) {
      if (stream !== null)
        createInterface({ input: stream }).on("line", (line) => this.#onLine(line, shown));
    }
    this.ended = new Promise((resolve) => {
      this.#process.once("error", (error) => resolve(error.message));
      this.#process.once("exit", (code, signal) => {
        const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
        // Its last words may still be on the way, but what it leaves running can keep the pipe open
        // for ever.
        this.#process.once("close", () => resolve(how));
        setTimeout(() => resolve(how), LAST_OUTPUT_MS);
      });
    });
  }

  /** The last it said, for when it fails. */
  get lastOutput(): string {
    return this.#lines.join("\n");
  }

  /** Whether it ended well, once it has ended. */
  get succeeded(): boolean {
    return this.#process.exitCode === 0;
  }

  /**
   * Asks the whole group to end, and ends it by force if it does not, or if it left someone behind.
   */
  async stop(): Promise<void> {
    this.kill("SIGTERM");
    const late = setTimeout(() => this.kill("SIGKILL"), GRACE_MS);
    await this.ended;
    clearTimeout(late);
    this.kill("SIGKILL");
  }

  /** Sends a signal to the whole group. */
  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // Nobody is left in the group: that is what was wanted.
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }

  #onLine(line: string, shown: boolean): void {
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
    if (shown && line.trim() !== "" && this.#hide?.test(line) !== true)
      console.log(`[${this.name}] ${line}`);
  }
}
