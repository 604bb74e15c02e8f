import { Child, type Program } from "./processes.ts";
import { timeLimit } from "./slowness.ts";
import { UserError } from "./user-error.ts";

const READY_WITHIN_MS = 60_000;

/** The programs of one `npm start`, which end together. */
export class ChildProcesses {
  /** Rejects as soon as a program that should keep running has ended. Never resolves. */
  readonly failure: Promise<never>;
  readonly #reject: (error: UserError) => void;
  readonly #all: Child[] = [];
  #stopping = false;

  constructor() {
    const { promise, reject } = Promise.withResolvers<never>();
    this.failure = promise;
    this.#reject = reject;
  }

  /** Runs a program and waits for its end. */
  async run(program: Program): Promise<void> {
    const child = this.#launch(program);
    const exit = await child.ended;
    if (!child.succeeded && !this.#stopping)
      throw new UserError(`The ${program.name} failed (${exit}):\n${child.lastOutput}`);
  }

  /** Starts a program that runs until `stop`. */
  start(program: Program): void {
    const child = this.#launch(program);
    child.ended.then(
      (exit) =>
        this.#stopping ||
        this.#reject(new UserError(`The ${program.name} ended (${exit}):\n${child.lastOutput}`)),
      () => {}, // `ended` never rejects
    );
  }

  /** Stops every program. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#all.map((child) => child.stop()));
  }

  /** Kills every program at once. */
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

/** Polls an address until it answers with success. */
export async function waitForAnswer(
  service: string,
  url: string,
  headers: Record<string, string> = {},
): Promise<void> {
  const limit = timeLimit(READY_WITHIN_MS);
  let lastAnswer = "nobody listens";
  while (!limit.isOver()) {
    try {
      const reply = await fetch(url, { headers, signal: AbortSignal.timeout(5000) });
      if (reply.ok) return;
      lastAnswer = `${reply.status} ${await reply.text()}`;
      // A 503 names a missing or wrong setting, which waiting does not change.
      if (reply.status === 503) break;
    } catch {
      lastAnswer = "nobody listens";
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new UserError(`The ${service} does not answer as it should at ${url}: ${lastAnswer}`);
}
