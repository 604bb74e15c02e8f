/** A row holds at most 2 MB. */
const CHUNK_BYTES_MAX = 1_000_000;

/** Splits a text over as many rows as it needs, at least one. */
export function splitIntoChunks(text: string): Uint8Array<ArrayBuffer>[] {
  const bytes = new TextEncoder().encode(text);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  do
    chunks.push(
      bytes.slice(chunks.length * CHUNK_BYTES_MAX, (chunks.length + 1) * CHUNK_BYTES_MAX),
    );
  while (chunks.length * CHUNK_BYTES_MAX < bytes.length);
  return chunks;
}

/** The text that was split over these rows, in their order. */
export function joinChunks(chunks: readonly (ArrayBuffer | null)[]): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  // A character may stand on a seam: `stream` keeps its first bytes for the next part.
  const texts = chunks.map((part) => decoder.decode(part ?? new ArrayBuffer(0), { stream: true }));
  return texts.join("") + decoder.decode();
}
