const MARK = "local-sealed:";

/** Seals a thought, so that only this model reads it. */
export const seal = (thought: string): string =>
  btoa(MARK + encodeURIComponent(Array.from(thought).toReversed().join("")));

/** Whether this model sealed a thought. */
export function isSealed(content: string): boolean {
  try {
    return atob(content).startsWith(MARK);
  } catch {
    return false;
  }
}
