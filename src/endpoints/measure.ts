import { isCount, isObject, type MeasuredUsage } from "../chat/index.ts";
import type { TaskTerms } from "./task.ts";

/** Returns the first count above zero among fields of a usage, by the names that vendors have. */
function readCount(usage: unknown, names: readonly string[]): number | null {
  if (!isObject(usage)) return null;
  const found = names.map((name) => usage[name]).find((value) => isCount(value) && value > 0);
  return isCount(found) ? found : null;
}

/**
 * Measures the prompt of a task: the vendor's count up to its bound, or an estimate. Where its
 * tokens cost nothing, one that is not counted is 0.
 * @param estimate estimates the prompt
 */
export function measurePrompt(
  usage: unknown,
  { promptBoundTokens, prices }: TaskTerms,
  estimate: () => number,
): MeasuredUsage {
  const counted = readCount(usage, ["prompt_tokens", "input_tokens", "total_tokens"]);
  if (counted !== null)
    return {
      usage: { input: Math.min(counted, promptBoundTokens), cachedInput: 0, output: 0 },
      estimated: counted > promptBoundTokens,
    };
  const isFree = prices.inputPerMillion === 0;
  const input = isFree ? 0 : Math.min(promptBoundTokens, Math.max(1, estimate()));
  return { usage: { input, cachedInput: 0, output: 0 }, estimated: !isFree };
}

/** Adds units to what was measured, as many as are held at most. */
export function withUnits(
  { usage, estimated }: MeasuredUsage,
  units: number,
  { maxUnits = 0 }: TaskTerms,
): MeasuredUsage {
  return { usage: { ...usage, units: Math.min(units, maxUnits) }, estimated };
}
