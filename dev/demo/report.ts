/** Why a step is wrong, in words that say what was expected and what came. */
export class Wrong extends Error {}

/** Throws unless the two are the same. */
export function same<T extends string | number | boolean | null | undefined>(
  what: string,
  is: T,
  expected: T,
): void {
  if (!Object.is(is, expected))
    throw new Wrong(`${what} is ${String(is)}, not ${String(expected)}`);
}

/** Throws unless it is so. */
export function so(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Wrong(otherwise);
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
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Wrong(`${what} did not happen within 20 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
