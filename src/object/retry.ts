/**
 * Calls something again until it answers, with a delay before each further try. For calls that may
 * be repeated.
 * @param delaysMs the delays, in ms
 * @param onError called with the error of each try that fails
 * @returns undefined when every try failed
 */
export async function callWithRetries<T>(
  delaysMs: readonly number[],
  call: () => Promise<T>,
  onError: (error: unknown) => void,
): Promise<T | undefined> {
  for (const delayMs of [0, ...delaysMs]) {
    if (delayMs > 0) await scheduler.wait(delayMs);
    try {
      return await call();
    } catch (error) {
      onError(error);
    }
  }
  return undefined;
}
