import { invalid } from "./errors.ts";

/** Applies a change of metadata: an empty value removes its key, `null` removes all. */
export function mergeMetadata(
  current: Record<string, string>,
  change: Record<string, string> | null | undefined,
  param = "metadata",
): Record<string, string> {
  if (change === undefined) return current;
  const merged = Object.entries(change === null ? {} : { ...current, ...change }).filter(
    ([, value]) => value !== "",
  );
  if (merged.length > 50) throw invalid("Metadata can have at most 50 keys.", param);
  return Object.fromEntries(merged);
}
