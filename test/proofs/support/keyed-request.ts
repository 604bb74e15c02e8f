/** How long a request with an `Idempotency-Key` is repeated, in ms: longer than a hold lasts. */
const REPEAT_FOR_MS = 100_000;
const REPEAT_EVERY_MS = 300;
const ANSWER_WITHIN_MS = 30_000;

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** A request as it is sent, maybe several times. */
export interface SentRequest {
  readonly url: string;
  readonly bearer: string;
  readonly body: object;
  /** Its `Idempotency-Key`; null for a request that is sent once. */
  readonly key: string | null;
}

/**
 * Sends a request and returns the text of its answer.
 * @throws if it was not answered with success
 */
async function sendOnce({ url, bearer, body, key }: SentRequest): Promise<string> {
  const reply = await fetch(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${bearer}`,
      "content-type": "application/json",
      ...(key === null ? {} : { "idempotency-key": key }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${reply.status} ${text}`);
  return text;
}

/**
 * Sends a request until it is answered, as a client does that has an `Idempotency-Key`; without one
 * it is sent once. `read` throws on an answer that broke off.
 * @returns what `read` made of the answer, or the last error
 */
export async function send<T>(
  request: SentRequest,
  read: (text: string) => T,
): Promise<{ readonly answer: T } | { readonly error: string }> {
  const giveUpAtMs = Date.now() + (request.key === null ? 0 : REPEAT_FOR_MS);
  for (;;) {
    try {
      return { answer: read(await sendOnce(request)) };
    } catch (error) {
      if (Date.now() >= giveUpAtMs) return { error: String(error) };
      await pause(REPEAT_EVERY_MS);
    }
  }
}
