import { timeLimit } from "../slowness.ts";

const WAIT_MS = 60_000;

/** A failed step of the demo. The message names the expected and the actual value. */
export class DemoFailure extends Error {}

/** Throws unless the two values are the same. */
export function expectEqual<T extends string | number | boolean | null | undefined>(
  label: string,
  actual: T,
  expected: T,
): void {
  if (!Object.is(actual, expected))
    throw new DemoFailure(`${label} is ${String(actual)}, not ${String(expected)}`);
}

/** Throws unless the condition holds. */
export function assertThat(condition: boolean, message: string): asserts condition {
  if (!condition) throw new DemoFailure(message);
}

/** Runs one step of the demo and prints a line for it, with the figures that `work` returns. */
export async function step<T>(
  title: string,
  work: () => Promise<readonly [figures: string, value: T]>,
): Promise<T> {
  try {
    const [figures, value] = await work();
    console.log(`✓ ${title}${figures === "" ? "" : `: ${figures}`}`);
    return value;
  } catch (error) {
    console.log(`✗ ${title}`);
    throw error;
  }
}

/** Polls until there is a value, for up to a minute, or longer on a busy machine. */
export async function waitFor<T>(label: string, poll: () => Promise<T | undefined>): Promise<T> {
  const limit = timeLimit(WAIT_MS);
  for (;;) {
    const found = await poll();
    if (found !== undefined) return found;
    if (limit.isOver()) throw new DemoFailure(`${label} did not happen within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
