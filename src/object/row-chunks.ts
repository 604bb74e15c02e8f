/** A row holds at most 2 MB. */
const PART_BYTES = 1_000_000;

/** Splits a text over as many rows as it needs, at least one. */
export function splitText(text: string): Uint8Array<ArrayBuffer>[] {
  const bytes = new TextEncoder().encode(text);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  do parts.push(bytes.slice(parts.length * PART_BYTES, (parts.length + 1) * PART_BYTES));
  while (parts.length * PART_BYTES < bytes.length);
  return parts;
}

/** The text that was split over these rows, in their order. */
export function joinText(parts: readonly (ArrayBuffer | null)[]): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  // A character may stand on a seam: `stream` keeps its first bytes for the next part.
  const texts = parts.map((part) => decoder.decode(part ?? new ArrayBuffer(0), { stream: true }));
  return texts.join("") + decoder.decode();
}
