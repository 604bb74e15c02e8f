/** The time that one call may take. A person waits for the answer. */
const TIMEOUT_MS = 8000;
/** The most that is read of an answer: keys of an issuer have some 10 KiB. */
const BYTES_MAX = 262_144;
/** The headers of an answer that decide anything. */
const KEPT_HEADERS = ["content-type", "www-authenticate"];

/** A request to a provider, as `oauth4webapi` makes it. */
interface ProviderRequest {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams | undefined;
}

async function readBounded(reply: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of reply.body ?? []) {
    length += chunk.length;
    if (length > BYTES_MAX) throw new TypeError("The answer is too long.");
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/**
 * Calls a provider, with a limit on the time and on the length of the answer. A redirect is not
 * followed: it would carry a secret elsewhere.
 */
export async function providerFetch(
  url: string,
  { method, headers: sent, body }: ProviderRequest,
): Promise<Response> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const init = { method, headers: { ...sent }, body: body ?? null, signal };
  const reply = await fetch(url, { ...init, redirect: "manual" });
  const bytes = await readBounded(reply);
  const headers = new Headers();
  for (const name of KEPT_HEADERS) {
    const value = reply.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const { status } = reply;
  return new Response(bytes.length === 0 ? null : bytes, { status, headers });
}
