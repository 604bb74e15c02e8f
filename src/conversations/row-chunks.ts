/** A row holds 2 MB, and a UTF-16 unit takes at most 3 bytes. */
const CHUNK_UNITS_MAX = 500_000;

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/**
 * Cuts a text into pieces that fit into a row each, never between the halves of a character. There
 * is at least one.
 */
export function splitIntoChunks(
  text: string,
  maxUnits = CHUNK_UNITS_MAX,
): [first: string, ...rest: string[]] {
  const chunks: string[] = [];
  let from = 0;
  while (text.length - from > maxUnits) {
    const to =
      from + (isHighSurrogate(text.charCodeAt(from + maxUnits - 1)) ? maxUnits - 1 : maxUnits);
    chunks.push(text.slice(from, to));
    from = to;
  }
  const [first, ...rest] = [...chunks, text.slice(from)];
  return [first ?? "", ...rest];
}
