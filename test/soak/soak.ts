import * as fc from "fast-check";
import { playHistory, type SoakTarget } from "./play.ts";
import { history } from "./steps.ts";

/** The operations of one history: enough for several checkpoints, which come every 64 entries. */
const OPERATIONS_OF_HISTORY = 250;

interface SoakResult {
  readonly operations: number;
  readonly histories: number;
  /** The first difference, with the history that led to it; null when there was none. */
  readonly failure: string | null;
}

interface SoakOptions {
  readonly seed: number;
  readonly operations: number;
  /** Whether to look for a shorter history that fails, which takes minutes. */
  readonly shrink?: boolean;
}

/**
 * Plays histories on accounts until `operations` were played, or one differs from the model. The
 * same seed plays the same histories.
 */
export async function soak(
  make: () => SoakTarget | Promise<SoakTarget>,
  { seed, operations, shrink = false }: SoakOptions,
  onProgress: (operations: number) => void = () => undefined,
): Promise<SoakResult> {
  const length = Math.min(operations, OPERATIONS_OF_HISTORY);
  const numRuns = Math.ceil(operations / length);
  let played = 0;
  let failure: string | null = null;
  const property = fc.asyncProperty(history(length), async (one) => {
    // No id of another test that shares the database.
    const userId = `usr_5eed${String(played).padStart(12, "0")}`;
    played += 1;
    await playHistory(await make(), userId, one);
    if (played % 100 === 0) onProgress(played * length);
  });
  const details = await fc.check(property, { seed, numRuns, endOnFailure: !shrink });
  if (details.failed) {
    const { plan, steps } = details.counterexample?.[0] ?? { plan: 0, steps: [] };
    const message = String(details.errorInstance);
    const last = Number(/operation (\d+),/.exec(message)?.[1] ?? steps.length);
    failure = [
      `After ${details.numRuns - 1} histories, on plan ${plan}:`,
      ...steps.slice(0, last).map((step) => JSON.stringify(step)),
      message,
      `Replay: --seed ${seed} --operations ${operations}, and --shrink for a shorter history`,
    ].join("\n");
  }
  return { operations: details.numRuns * length, histories: details.numRuns, failure };
}
