/** One round of `converge`: `done` with a value, or `again` after a change. */
export type Round<T> = { readonly done: T } | "again";

/**
 * Repeats a step that reads and applies until it finds nothing more to change. Several callers may
 * work on one thing at once, each with what it read at its own moment. Whoever changes something
 * reads once more, so the last to write has read the last state.
 * @param roundsMax how many rounds may follow one another
 * @returns the value of the round that found nothing to change; null when no round did
 */
export async function converge<T>(
  roundsMax: number,
  step: (round: number) => Promise<Round<T>>,
): Promise<T | null> {
  for (let round = 0; round < roundsMax; round += 1) {
    const result = await step(round);
    if (result !== "again") return result.done;
  }
  return null;
}
