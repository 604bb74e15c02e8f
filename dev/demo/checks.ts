/** Why a step is wrong, in words that say what was expected and what came. */
export class DemoFailure extends Error {}

/** Throws unless the two are the same. */
export function expectEqual<T extends string | number | boolean | null | undefined>(
  label: string,
  actual: T,
  expected: T,
): void {
  if (!Object.is(actual, expected))
    throw new DemoFailure(`${label} is ${String(actual)}, not ${String(expected)}`);
}

/** Throws unless it is so. */
export function assertThat(condition: boolean, message: string): asserts condition {
  if (!condition) throw new DemoFailure(message);
}

/** Does one step of the journey and prints a line for it, with the figures that `work` gives. */
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

/** Looks again and again until something is there, for as long as 20 s. */
export async function waitFor<T>(label: string, poll: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await poll();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new DemoFailure(`${label} did not happen within 20 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
