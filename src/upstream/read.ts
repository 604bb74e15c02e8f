/**
 * Reads a body as text, up to so many bytes and the rest of a piece.
 * @param heard called at every piece
 * @returns the text, and whether that is all of it; what is left is not read
 */
export async function readText(
  body: ReadableStream<Uint8Array> | null,
  mostBytes: number,
  heard: () => void = () => undefined,
): Promise<{ readonly text: string; readonly whole: boolean }> {
  if (body === null) return { text: "", whole: true };
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  let bytes = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    heard();
    bytes += read.value.length;
    pieces.push(decoder.decode(read.value, { stream: true }));
    if (bytes > mostBytes) {
      await reader.cancel();
      return { text: pieces.join(""), whole: false };
    }
  }
  return { text: pieces.join("") + decoder.decode(), whole: true };
}
