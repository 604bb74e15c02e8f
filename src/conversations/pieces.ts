/** A row holds 2 MB, and a UTF-16 unit takes at most 3 bytes. */
const PIECE_UNITS = 500_000;

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/**
 * Cuts a text into pieces that fit into a row each, never between the halves of a character. There
 * is at least one.
 */
export function cutIntoPieces(
  text: string,
  most = PIECE_UNITS,
): [first: string, ...rest: string[]] {
  const pieces: string[] = [];
  let from = 0;
  while (text.length - from > most) {
    const to = from + (isHighSurrogate(text.charCodeAt(from + most - 1)) ? most - 1 : most);
    pieces.push(text.slice(from, to));
    from = to;
  }
  const [first, ...rest] = [...pieces, text.slice(from)];
  return [first ?? "", ...rest];
}
