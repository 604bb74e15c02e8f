/** The start of a reply, and the reader of what is left of it; null where that is nothing. */
export interface ReplyStart {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly rest: ReadableStreamDefaultReader<Uint8Array> | null;
}

/** Joins pieces of bytes. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/**
 * Reads a reply up to a number of bytes and the rest of that chunk. In pieces, also where its
 * length is known: each is a sign of life.
 * @param onActivity called at every chunk
 */
export async function readStart(
  { body }: Response,
  maxBytes: number,
  onActivity: () => void = () => undefined,
): Promise<ReplyStart> {
  if (body === null) return { bytes: new Uint8Array(0), rest: null };
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    onActivity();
    pieces.push(read.value);
    length += read.value.length;
    if (length > maxBytes) return { bytes: joinBytes(pieces), rest: reader };
  }
  return { bytes: joinBytes(pieces), rest: null };
}

/** Reads the start of a reply as text, and lets the rest go. */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  const { bytes, rest } = await readStart(response, maxBytes);
  await rest?.cancel();
  return new TextDecoder().decode(bytes);
}
