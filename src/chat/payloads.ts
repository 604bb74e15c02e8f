const utf8 = new TextEncoder();
const [QUOTE, BACKSLASH, SLASH] = [0x22, 0x5c, 0x2f];
/** The shortest text that is set aside, in bytes. Most requests have none and are not searched. */
const PAYLOAD_BYTES_MIN = 16_384;
/** As much of a text as names its type: `data:image/png;base64,`. */
const HEAD_BYTES = 128;
/** The beginning of a base64 `data:` URL, in JSON. */
const HEAD = /^data:[\w.+-]*(\\?\/[\w.+-]+)?(;[\w.+=-]+)*;base64,/i;

const isBase64 = new Uint8Array(256);
for (const byte of utf8.encode(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_",
))
  isBase64[byte] = 1;

/** Finds the end of a JSON string: the quote that is not escaped. -1 without one. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let end = bytes.indexOf(QUOTE, start); end >= 0; end = bytes.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (bytes[end - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}

/** Whether bytes are base64, whose slashes some languages escape in JSON. */
function isPayload(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    if (isBase64[bytes[at] ?? 0] === 1) continue;
    if (bytes[at] !== BACKSLASH || bytes[at + 1] !== SLASH) return false;
  }
  return true;
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/**
 * The pictures of a request, as their base64 came: bytes that are passed on unread. As texts they
 * would be in an isolate's memory several times over, at two bytes a character.
 */
export class Payloads {
  readonly #mark: string;
  readonly #pattern: RegExp;
  readonly #sizes: number[] = [];
  #payloads: Uint8Array[] | null = [];

  /** @param mark stands for what is set aside: nobody else may know it */
  constructor(mark: string) {
    this.#mark = mark;
    this.#pattern = new RegExp(`${mark}\\.(\\d+)\\.`);
  }

  /** Sets a payload aside, and returns the bytes that stand for it in the JSON. */
  add(payload: Uint8Array): Uint8Array {
    this.#payloads?.push(payload);
    return utf8.encode(`${this.#mark}.${this.#sizes.push(payload.length) - 1}.`);
  }

  /** Returns the bytes of what was set aside of a text. */
  sizeIn(text: string): number {
    if (this.#sizes.length === 0) return 0;
    const indexes = text.split(this.#pattern).filter((_part, at) => at % 2 === 1);
    return indexes.reduce((sum, at) => sum + (this.#sizes[Number(at)] ?? 0), 0);
  }

  /** Returns JSON with everything in it that was set aside. */
  restore(json: string): string | Uint8Array<ArrayBuffer> {
    if (this.#sizes.length === 0) return json;
    const payloads = this.#payloads;
    if (payloads === null) throw new Error("The payloads of this request were let go of.");
    const parts = json.split(this.#pattern);
    return join(
      parts.map((part, at) =>
        at % 2 === 0 ? utf8.encode(part) : (payloads[Number(part)] ?? new Uint8Array(0)),
      ),
    );
  }

  /** Returns JSON with a few words in the place of everything that was set aside. */
  omitFrom(json: string): string {
    if (this.#sizes.length === 0) return json;
    const parts = json.split(this.#pattern);
    return parts
      .map((part, at) => (at % 2 === 0 ? part : `[${this.#sizes[Number(part)] ?? 0} bytes]`))
      .join("");
  }

  /** Lets go of the memory: the request has been sent. */
  release(): void {
    this.#payloads = null;
  }
}

/** The payloads of a request that has none. */
export const NO_PAYLOADS = new Payloads("-");

/** A request's JSON, and the payloads that were set aside of it. */
interface SetAside {
  readonly json: Uint8Array;
  readonly payloads: Payloads;
}

/**
 * Sets the long payloads of a request's JSON aside.
 * @param takesBare also base64 that is all of a text, without the head of a `data:` URL
 */
export function setPayloadsAside(bytes: Uint8Array, takesBare = false): SetAside {
  if (bytes.length < PAYLOAD_BYTES_MIN) return { json: bytes, payloads: NO_PAYLOADS };
  const payloads = new Payloads(crypto.randomUUID());
  const decoder = new TextDecoder();
  const parts: Uint8Array[] = [];
  let copied = 0;
  for (let start = bytes.indexOf(QUOTE) + 1; start > 0; ) {
    const end = endOfString(bytes, start);
    if (end < 0) break;
    if (end - start >= PAYLOAD_BYTES_MIN) {
      const named = HEAD.exec(decoder.decode(bytes.subarray(start, start + HEAD_BYTES)))?.[0];
      const head = named ?? (takesBare ? "" : undefined);
      const payload = bytes.subarray(start + (head?.length ?? 0), end);
      if (head !== undefined && isPayload(payload)) {
        parts.push(bytes.subarray(copied, payload.byteOffset - bytes.byteOffset));
        parts.push(payloads.add(payload));
        copied = end;
      }
    }
    start = bytes.indexOf(QUOTE, end + 1) + 1;
  }
  if (copied === 0) return { json: bytes, payloads: NO_PAYLOADS };
  return { json: join([...parts, bytes.subarray(copied)]), payloads };
}
