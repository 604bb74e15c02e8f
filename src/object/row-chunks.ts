/** A row holds at most 2 MB, and a UTF-16 unit takes at most 3 bytes. */
const CHUNK_UNITS_MAX = 500_000;

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/**
 * Splits a text over as many rows as it needs, at least one. Never splits a character.
 * @param unitsMax the most UTF-16 units of a chunk, at least 2
 */
export function splitIntoChunks(
  text: string,
  unitsMax = CHUNK_UNITS_MAX,
): [first: string, ...rest: string[]] {
  const chunks: string[] = [];
  let from = 0;
  while (text.length - from > unitsMax) {
    const to =
      from + (isHighSurrogate(text.charCodeAt(from + unitsMax - 1)) ? unitsMax - 1 : unitsMax);
    chunks.push(text.slice(from, to));
    from = to;
  }
  const [first, ...rest] = [...chunks, text.slice(from)];
  return [first ?? "", ...rest];
}

/** Splits a text as `splitIntoChunks` does, for rows that keep it as UTF-8 in a BLOB. */
export function splitIntoBlobs(text: string): Uint8Array[] {
  const encoder = new TextEncoder();
  return splitIntoChunks(text).map((chunk) => encoder.encode(chunk));
}

/**
 * Joins the chunks of a text in the order of their rows, whether the rows keep TEXT or a BLOB. A
 * BLOB may end within a character: older versions split between bytes.
 */
export function joinChunks(chunks: readonly (string | ArrayBuffer | null)[]): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  // `stream` keeps the first bytes of a split character for the next chunk.
  const texts = chunks.map((chunk) =>
    typeof chunk === "string"
      ? chunk
      : decoder.decode(chunk ?? new ArrayBuffer(0), { stream: true }),
  );
  return texts.join("") + decoder.decode();
}
