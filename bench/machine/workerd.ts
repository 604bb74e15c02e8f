import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Program, start } from "./processes.ts";
import { ROOT, sleep } from "./scratch.ts";

const READY_WITHIN_MS = 20_000;
const READY_EVERY_MS = 2;

/**
 * npm's `workerd` is a script that starts the real program, whose process it is that must be
 * measured.
 */
function binary(): string {
  const name = `@cloudflare/workerd-${process.platform === "darwin" ? "darwin" : "linux"}-${process.arch === "x64" ? "64" : "arm64"}`;
  const real = join(ROOT, "node_modules", name, "bin/workerd");
  return existsSync(real) ? real : join(ROOT, "node_modules/.bin/workerd");
}

/** Asks until somebody answers, whatever the answer. */
export async function awaitAnswer(program: Program, url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (!program.running) break;
    try {
      const reply = await fetch(url, { signal: AbortSignal.timeout(5000) });
      await reply.arrayBuffer();
      return;
    } catch {
      await sleep(READY_EVERY_MS);
    }
  }
  throw new Error(`${program.name} does not answer at ${url}:\n${program.output}`);
}

/** Runs plain workerd, with nothing in front of the Worker, until it answers at `port`. */
export async function serve(
  name: string,
  config: string,
  port: number,
  extra: readonly string[] = [],
): Promise<Program> {
  const program = start(name, binary(), ["serve", config, ...extra], { quiet: true });
  await awaitAnswer(program, `http://127.0.0.1:${port}/`);
  return program;
}
