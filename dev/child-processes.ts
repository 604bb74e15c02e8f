import { Child, type Program } from "./processes.ts";
import { UserError } from "./user-error.ts";

const READY_WITHIN_MS = 60_000;

/** The programs that one start runs, which end together. */
export class ChildProcesses {
  /**
   * Rejects as soon as a program that is to run until the end has ended by itself. Never resolves.
   */
  readonly failure: Promise<never>;
  readonly #reject: (trouble: UserError) => void;
  readonly #all: Child[] = [];
  #stopping = false;

  constructor() {
    const { promise, reject } = Promise.withResolvers<never>();
    this.failure = promise;
    this.#reject = reject;
  }

  /** Runs a program to its end. */
  async run(program: Program): Promise<void> {
    const child = this.#launch(program);
    const how = await child.ended;
    if (!child.succeeded && !this.#stopping)
      throw new UserError(`The ${program.name} failed (${how}):\n${child.lastOutput}`);
  }

  /** Runs a program beside this one, until the end. */
  start(program: Program): void {
    const child = this.#launch(program);
    child.ended.then(
      (how) =>
        this.#stopping ||
        this.#reject(new UserError(`The ${program.name} ended (${how}):\n${child.lastOutput}`)),
      () => {}, // `ended` tells failures too, it never rejects
    );
  }

  /** Ends every program. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#all.map((child) => child.stop()));
  }

  /** Ends every program at once, by force. */
  kill(): void {
    for (const child of this.#all) child.kill("SIGKILL");
  }

  #launch(program: Program): Child {
    if (this.#stopping) throw new UserError("Stopped.");
    const child = new Child(program);
    this.#all.push(child);
    return child;
  }
}

/** Asks an address again and again until it answers well. */
export async function waitForAnswer(
  service: string,
  url: string,
  headers: Record<string, string> = {},
): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let lastAnswer = "nobody listens";
  while (Date.now() < deadline) {
    try {
      const reply = await fetch(url, { headers, signal: AbortSignal.timeout(5000) });
      if (reply.ok) return;
      lastAnswer = `${reply.status} ${await reply.text()}`;
      // 503 names a setting that is missing or wrong: waiting does not mend it.
      if (reply.status === 503) break;
    } catch {
      lastAnswer = "nobody listens";
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new UserError(`The ${service} does not answer as it should at ${url}: ${lastAnswer}`);
}
