import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Program, start } from "./processes.ts";
import { ROOT, sleep } from "./scratch.ts";

const READY_WITHIN_MS = 20_000;
const READY_EVERY_MS = 2;

/**
 * Returns the path of workerd. npm's `workerd` is a script that starts the real program, whose
 * process has to be measured.
 */
function binary(): string {
  const system = process.platform === "darwin" ? "darwin" : "linux";
  const cpu = process.arch === "x64" ? "64" : "arm64";
  const real = join(ROOT, `node_modules/@cloudflare/workerd-${system}-${cpu}/bin/workerd`);
  return existsSync(real) ? real : join(ROOT, "node_modules/.bin/workerd");
}

/** Polls an address until there is an answer, whatever it is. */
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
