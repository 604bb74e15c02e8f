import { type ChildProcess, spawn } from "node:child_process";

interface ProgramOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Whether its standard output is discarded, because reading its logs would take time from what is
   * measured.
   */
  readonly quiet?: boolean;
}

const MAX_CHARACTERS = 4000;
const GRACE_MS = 2000;

/**
 * A program beside the benchmark, in a process group of its own, so that it ends with all its
 * children.
 */
export class Program {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  #output = "";

  constructor(
    name: string,
    command: string,
    args: readonly string[],
    { env = {}, quiet = false }: ProgramOptions = {},
  ) {
    this.name = name;
    this.#process = spawn(command, args, {
      detached: true,
      stdio: ["ignore", quiet ? "ignore" : "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    const onOutput = (text: Buffer): void => {
      this.#output = (this.#output + text.toString()).slice(-MAX_CHARACTERS);
    };
    this.#process.stdout?.on("data", onOutput);
    this.#process.stderr?.on("data", onOutput);
    this.#ended = new Promise((resolve) => {
      this.#process.once("error", (error) => {
        this.#output += error.message;
        resolve(null);
      });
      this.#process.once("close", (code) => resolve(code));
    });
  }

  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error(`${this.name} did not start: ${this.#output}`);
    return pid;
  }

  /** The last part of its output. */
  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Waits for its end. Returns its exit code, or null if a signal ended it or it did not start. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Sends a signal to its whole group. */
  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group has no processes left, as intended.
    }
  }

  async stop(): Promise<void> {
    this.kill("SIGTERM");
    const timeout = setTimeout(() => this.kill("SIGKILL"), GRACE_MS);
    await this.#ended;
    clearTimeout(timeout);
    this.kill("SIGKILL");
  }
}

const running = new Set<Program>();
let stopped = false;

/** Starts a program that ends with the benchmark at the latest. */
export function start(
  name: string,
  command: string,
  args: readonly string[],
  options?: ProgramOptions,
): Program {
  if (stopped) throw new Error("The benchmark was stopped.");
  const program = new Program(name, command, args, options);
  running.add(program);
  program.ended().then(
    () => running.delete(program),
    () => {}, // it never rejects
  );
  return program;
}

/**
 * Runs a program to its end. Returns its output.
 * @throws if it fails or takes too long
 */
export async function run(
  name: string,
  command: string,
  args: readonly string[],
  withinMs: number,
): Promise<string> {
  const program = start(name, command, args);
  const timeout = setTimeout(() => program.kill("SIGKILL"), withinMs);
  const code = await program.ended();
  clearTimeout(timeout);
  if (code !== 0)
    throw new Error(`${name} failed (${code ?? "ended by force"}):\n${program.output}`);
  return program.output;
}

/** Stops every running program. None can be started after this. */
export async function stopAll(): Promise<void> {
  stopped = true;
  await Promise.all([...running].map((program) => program.stop()));
}

/** Kills every running program at once, just before this process ends. */
export function killAll(): void {
  stopped = true;
  for (const program of running) program.kill("SIGKILL");
}
