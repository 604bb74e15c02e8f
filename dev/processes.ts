import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAX_LINES = 30;
const GRACE_MS = 4000;
const LAST_OUTPUT_MS = 300;

/**
 * wrangler's own entry point. It is run by the Node that runs this script, because the one
 * installed on the machine may be too old.
 */
export const WRANGLER = fileURLToPath(
  new URL("../node_modules/wrangler/bin/wrangler.js", import.meta.url),
);

/**
 * Variables that keep wrangler from using the network: no usage metrics, no search for updates, no
 * lookup of this machine's location.
 */
const QUIET_WRANGLER = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

export interface Program {
  /** The prefix of its lines of output. */
  readonly name: string;
  /** The path of a script for Node, then its arguments. */
  readonly args: readonly string[];
  /** The lines of output that are shown. */
  readonly show: "all" | "errors" | "nothing";
  /** Lines that are never shown, whatever `show` is. */
  readonly hide?: RegExp;
}

/** A program in a process group of its own, so that it ends with all its children. */
export class Child {
  readonly name: string;
  /** Resolves when the program has ended, with its exit code or signal. */
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
        const exit = signal === null ? `exit code ${code}` : `signal ${signal}`;
        // The last output may still be on its way. But a process that is left running can keep the
        // pipe open for ever.
        this.#process.once("close", () => resolve(exit));
        setTimeout(() => resolve(exit), LAST_OUTPUT_MS);
      });
    });
  }

  /** The last lines of output, for an error message. */
  get lastOutput(): string {
    return this.#lines.join("\n");
  }

  /** Whether the program has ended with exit code 0. */
  get succeeded(): boolean {
    return this.#process.exitCode === 0;
  }

  /**
   * Asks the whole group to end, and kills it after a while. Processes that it leaves behind are
   * killed too.
   */
  async stop(): Promise<void> {
    this.kill("SIGTERM");
    const timeout = setTimeout(() => this.kill("SIGKILL"), GRACE_MS);
    await this.ended;
    clearTimeout(timeout);
    this.kill("SIGKILL");
  }

  /** Sends a signal to the whole group. */
  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // The group has no processes left, as intended.
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
